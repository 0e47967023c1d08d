# 詞元一個接一個地出現，就像聊天機器人那樣。

autoplay = 自動播放
autoplay-plays = 每秒 { $speed } 個詞元 · 空白鍵暫停 · esc 停止
autoplay-paused = 已暫停 · 空白鍵繼續 · t 只取一個 · esc 停止
# 快取：新詞元只算自己那一列，前面詞元的 k 和 v 不再重算。
autoplay-kept = 前 { $count } 個詞元的 k 和 v 已保留：按 K 檢視
autoplay-stopped = 自動播放停止，共 { $count } 個詞元：按 ( 往回看
# { $token } is the token that the model ends a text with.
autoplay-ended = 模型用 { $token } 結束了這段文字 · 空白鍵仍可繼續
