# 各個畫面共用的文字：底行的提示（按鍵後面跟一兩個詞）和說明。

help = 說明
help-keys = 按鍵
help-commands = 指令（按 : 後輸入）

hint-add-input = 加輸入
hint-back = 後退
hint-behind-tab = tab：{ $panes }
hint-cell = 一格
hint-command = 指令
hint-data = 資料
hint-edit = 編輯
hint-end = 到底
hint-epoch = 一輪
hint-help = 說明
hint-help-keys = 按 : 輸入指令 · ↑↓ 捲動 · esc 關閉
hint-last-pane = 最後一個窗格不能隱藏
hint-move = 移動
hint-no-key = 這個鍵在這裡沒有作用；按 ? 看有哪些鍵
hint-nothing-hidden = 沒有隱藏的窗格
hint-other = 換一個
hint-overlay = ↑↓ 捲動 · esc 關閉
hint-pane = 窗格
hint-play = 播放
hint-product = 矩陣乘法
hint-quit = 離開
hint-reset = 重來
hint-run = 執行
hint-size = 大小
hint-speed = 速度
hint-start = 開頭
hint-step = 一步
hint-switch = 切換
hint-undo = 復原
hint-vectors = 向量
hint-zoom = 放大

key-glossary = 畫面上的詞是什麼意思
