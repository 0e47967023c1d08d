# 各種玩具共用的話。

play-error-no-command = 沒有命令 { $word }：用 `help` 列出所有命令
play-error-near-command = 沒有命令 { $word }：是不是想輸入 `{ $near }`？
play-error-usage = 用法：{ $usage }
play-error-number = { $word } 不是一個數
play-error-not-finite = { $word } 不是有限的數
play-error-large-number = { $word } 太大：數要在 -1e9 和 1e9 之間

play-wrote = 已寫入 { $file }
