# 各個畫面共用的文字：底行的提示（按鍵後面跟一兩個詞）和說明。

help = 說明
help-keys = 按鍵
help-commands = 指令（按 : 後輸入）

hint-add-input = 加輸入
hint-back = 後退
hint-behind-tab = tab：{ $panes }
hint-command = 指令
hint-data = 資料
hint-edit = 編輯
hint-epoch = 一輪
hint-help = 說明
hint-last-pane = 最後一個窗格不能隱藏
hint-no-key = 這個鍵在這裡沒有作用；按 ? 看有哪些鍵
hint-nothing-hidden = 沒有隱藏的窗格
hint-overlay = ↑↓ 捲動 · esc 關閉
hint-pane = 窗格
hint-quit = 離開
hint-reset = 重來
hint-run = 執行
hint-start = 開頭
hint-step = 一步
hint-switch = 切換
hint-undo = 復原
hint-zoom = 放大
