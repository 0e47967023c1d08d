# 词元一个接一个地出现，就像聊天机器人那样。

autoplay = 自动播放
autoplay-plays = 每秒 { $speed } 个词元 · 空格暂停 · esc 停止
autoplay-paused = 已暂停 · 空格继续 · t 只取一个 · esc 停止
# 缓存：新词元只算自己那一行，前面词元的 k 和 v 不再重算。
autoplay-kept = 前 { $count } 个词元的 k 和 v 已保留：按 K 查看
autoplay-stopped = 自动播放停止，共 { $count } 个词元：按 ( 往回看
# { $token } is the token that the model ends a text with.
autoplay-ended = 模型用 { $token } 结束了这段文字 · 空格仍可继续
