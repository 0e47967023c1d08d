# 課文周圍的文字：判斷、說明、目錄、畫面上的詞。

learn-right = 答對了。
learn-wrong = 還不對。再看一看，或者看看提示。
learn-no-number = 這裡要回答一個數。
learn-nothing-asked = 這一課要動手做，不用回答：邊做邊檢查。
learn-answer-what = 回答什麼？寫在 answer 後面，比如 answer 42
learn-solved = ✓ 完成。
learn-no-lesson = 沒有第 { $word } 課：課從 1 到 { $last }，也可以用名字
learn-no-part = 不能關掉 { $word }：可以用 { $parts }，或者 nothing
learn-nothing-to-switch-off = 這裡沒有可以關掉的東西：這一課旁邊沒有模型
learn-reset = 所有的課都重新算作未完成。
learn-walk-wrong = 認出錯誤答案 { $mark }
learn-walk-solved = 能完成 { $mark }

learn-without = 現在模型沒有{ $part }；再按 w（批次處理時用 without nothing）恢復原樣。
learn-what-if = 如果沒有會怎樣？按 w（批次處理時用 without { $word }）關掉{ $part }，到 logits（按 >）看看答案變成什麼。
learn-recorded = 這個版本不帶 libtorch：你看到的是模型執行的紀錄。
learn-recorded-what-if = 本程式沒有 libtorch：你看到的是完整模型的記錄。要關掉其中一部分，需要帶 libtorch 的 layerwise。

part-positions = 位置
part-attention = 注意力
part-norms = 正規化
part-mlp = 前饋層

sheet-marks = 分數
sheet-scaled = 縮放到 1…0
sheet-exponentials = e 的次方
sheet-softmax = softmax 占比
sheet-normed = 層正規化

glossary-link = → 第 { $n } 課，{ $title }
glossary-near = 詞彙表裡沒有 { $word }；是不是 { $near }？
glossary-unknown = 詞彙表裡沒有 { $word }；不寫詞就列出全部

# 課程的畫面。
learn-number = 第 { $n } 課，共 { $of } 課
learn-lessons = 目錄
learn-first = 這是第一課
learn-last = 這是最後一課
learn-done = ✓ 完成。按 n 進入下一課。
learn-all-done = ✓ 完成。所有的課都學完了，這裡沒有更多可學的了。
learn-no-key = 這個鍵在這裡沒有作用
learn-answer-label = 你的答案：
learn-overlay-keys = ↑↓ 選擇 · enter 去那一課 · esc 關閉
learn-key-try = 動手
learn-key-answer = 回答
learn-key-hint = 提示
learn-key-next = 下一課
learn-key-previous = 上一課
learn-key-without = 如果沒有
learn-key-glossary = 詞彙
learn-key-lessons = 目錄
learn-key-whole = 整頁
learn-key-again = 重來
learn-key-quit = 離開
learn-key-back = 按 ctrl-g 回到課文

console-marks = 五個分數
console-marks-lines = 輸入 numbers 90 80 70 60 50，換成別的數，就能改動它們。

glossary = 詞彙；畫面上有的排在前面

sheet-unknown = { $line } 不是這裡的指令：用 numbers 90 80 70 60 50
sheet-no-number = { $word } 不是 -1000000 到 1000000 之間的數
sheet-count = 給了 { $given } 個數：需要 2 到 { $most } 個
