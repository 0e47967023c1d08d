# 各种玩具共用的话。

play-error-no-command = 没有命令 { $word }：用 `help` 列出所有命令
play-error-near-command = 没有命令 { $word }：是不是想输入 `{ $near }`？
play-error-usage = 用法：{ $usage }
play-error-number = { $word } 不是一个数
play-error-not-finite = { $word } 不是有限的数
play-error-large-number = { $word } 太大：数要在 -1e9 和 1e9 之间

play-wrote = 已写入 { $file }
