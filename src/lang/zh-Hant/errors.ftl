# 除錯器的命令出錯時說的話。命令、觀察點和檔案的名字不譯。

error-empty = 請輸入命令；help 列出所有命令
error-unknown = 沒有 `{ $word }` 這個命令
error-unknown-near = 沒有 `{ $word }` 這個命令；是不是 `{ $near }`？
error-unknown-listed = 沒有 { $word } 這個命令：按 ? 看所有命令
error-unknown-help = 沒有這個命令：help 列出所有命令
error-no-argument = { $command } 後面不寫東西，不能寫 `{ $word }`
error-missing = { $command } 還缺 { $what }：{ $usage }
error-wrong = { $command } 看不懂 `{ $word }`：{ $usage }
error-range = { $command }：{ $name } 應該是{ $wanted }，而這裡是 `{ $word }`
error-of-command = { $command }：{ $why }

# 應該是什麼，放在上面的 { $wanted } 裡。
error-wanted-number = 一個數
error-wanted-above-0 = 大於 0 的數
error-wanted-whole = 整數
error-wanted-count = 不小於 1 的整數
error-wanted-columns = position、head 或 whole
error-wanted-metric = diff、prob 或 kl
error-wanted-share = 大於 0、不大於 1 的數
error-wanted-speed = 每秒幾個詞元，0.01 到 1000
error-temperature = 溫度
error-second-prompt = 第二個 "PROMPT"
error-file-or-prompts = FILE 或 "PROMPT"-"PROMPT"
error-sweep-into = into 後面的 NAME
error-sweep-from-end = { $name }：逐處改動的各段文字長度不同，所以接收處的詞元從頭數起
error-sweep-over = over 後面的 PATTERN
error-sweep-wrong = 第二個詞元
error-patch-from = TRACE、branch NAME、pass N 或 row N

# 切片，例如 [2, :, 3:5]。
error-slice-brackets = 切片寫在方括號裡，例如 [0] 或 [2, :, 3:5]；這裡是 `{ $text }`
error-slice-part = 切片裡的 `{ $text }` 既不是數，也不是 3:5 這樣的範圍
error-slice-parts = 切片有 { $given } 段，而 { $name } 有 { $axes } 個軸：{ $shape }
error-slice-outside = { $index } 超出了 { $name } 的 { $axis } 軸，它的長度是 { $len }
error-slice-empty = { $start }:{ $end } 在 { $name } 的 { $axis } 軸上是空的，它的長度是 { $len }

# 觀察點、區塊、計算、列。
error-near-one = ；是不是 { $name }？
error-near-many = ；是不是 { $names } 或 { $last }？
error-no-point = 沒有像 { $name } 的觀察點{ $near }
error-no-match = 沒有符合 { $pattern } 的觀察點{ $near }
error-in-branch = 分支 { $branch }：{ $why }
error-in-asks = in 只接不用檔案的提問指令；要做 { $line }，請先 switch { $branch }
error-glob = { $pattern }：{ $why }
error-glob-at = { $pattern } 的第 { $at } 個字元：{ $why }
error-glob-unclosed = { $bracket } 沒有配對的右括號
error-glob-unopened = 這個右括號沒有配對的左括號
error-glob-range = { $text } 不是範圍：要寫兩個數，小的在前，例如 {"{"}3..5{"}"}
error-glob-escape = \ 後面要有它所跳脫的字元
error-pattern = { $pattern } 是一個模式，而這裡要一個觀察點
error-pattern-such = { $pattern } 是一個模式，而這裡要一個觀察點，例如 { $name }
error-no-block = 沒有第 { $n } 個區塊：區塊從 { $first } 到 { $last }
error-no-blocks = 沒有第 { $n } 個區塊：這裡一個區塊也沒有
error-passes = 計算從 0 到 { $last }
error-rows = 這次計算有第 0 到 { $last } 列
error-steps = 這次計算有第 1 到 { $last } 步
error-heads = 注意力頭從 0 到 { $last }
error-dims = 維度從 0 到 { $last }
error-first-point = 已經在這次計算的第一個觀察點
error-last-point = 已經在這次計算的最後一個觀察點
error-behind = { $name } 不在前面：用 goto 退回去
error-no-candidate = 分布裡沒有列出這個候選
error-nothing-wanted = 還沒有找過什麼：find NAME、find nan、find >10
error-no-stages = { $name } 沒有分步：有的是 pos_embed、rot_q、rot_k、pattern、z、mlp.post 和 logits
error-no-stream = 殘差流裡沒有符合 { $pattern } 的值
error-no-leaf = 這個模型沒有哪個區塊有 { $leaf }
error-no-weight-match = 沒有符合 { $pattern } 的權重
error-weights-unknown = 不知道這個模型有哪些權重：它的記錄裡沒有結構
error-deep-script = { $most } 個檔案一層層互相讀：是不是有一個讀了自己？
error-no-breakpoint = 沒有第 { $n } 個斷點：breakpoints 列出所有斷點
error-needs-screen = 這個命令要有畫面才行
error-not-ordinary = 不是普通檔案
error-long-script = 命令超過 { $most } 位元組
error-opening = 模型還在開啟

# 向模型或記錄提問時的錯誤。
error-cancelled = 依要求中途停下了
error-not-recorded = 這份記錄裡沒有 { $name }
error-no-pass = 沒有第 { $pass } 次計算：有第 0 到 { $last } 次
error-no-such-point = 沒有 { $name } 這個觀察點{ $near }
error-no-weight = 沒有 { $name } 這個權重{ $near }
error-needs-engine = 記錄只存了算過的結果：{ $what } 要有模型才行（用 `layerwise MODEL` 開啟）
error-encoder = 編碼器只填被遮住的詞元，不往下寫：用 , 和 . 移到一個 [MASK]
error-empty-prompt = 提示裡沒有詞元：請寫一些字
error-long-prompt = { $tokens } 個詞元超過了模型的上下文長度 { $n_ctx }，後面沒有位置了：請把提示寫短些
error-no-token = 詞元 { $id } 不在 { $d_vocab } 個詞的詞表裡
error-not-one-token = { $text } 是 { $pieces }：token 一次只取一個詞元
error-pieces-none = 這個模型沒有的詞元
error-pieces-one = 這個模型沒有的詞元，最近的是 { $one }
error-pieces-many = { $n } 個詞元：{ $others } 和 { $last }
error-write = 寫不了 { $file }：{ $why }
error-own-file = 寫不了 { $file }：它是正在讀的模型的檔案

# 程式啟動時。
error-language = 沒有 `{ $word }` 這種語言：有 { $tags }
error-needs-size = 需要 { $width }×{ $height }
error-this-size = 現在 { $width }×{ $height }

# 要有模型才行的，放在 error-needs-engine 的 { $what } 裡。
error-engine-pass = 沒有記錄的計算
error-engine-gradient = 梯度
error-engine-fidelity = 透鏡的保真度
error-engine-branch = 分支
error-engine-lens = 檔案裡的透鏡
error-engine-sweep = 逐處改動
error-engine-weight = 權重
error-engine-plain = 沒有干預的答案
error-engine-prompt = 換一段提示
error-engine-text = 換一段文字
error-engine-attribution = 歸因
error-engine-change = 改一個值
error-engine-value = 計算一個值
error-engine-split = 拆開一個分數
error-engine-answer = 這個回答
error-engine-neurons = 神經元寫了什麼
error-engine-token = 記錄以外的下一個詞元

# 讀不了的檔案。
error-not-found = 沒有這個檔案或資料夾
error-not-allowed = 沒有權限
error-of-file = { $file }：{ $why }
error-not-a-model = { $file } 不是模型：{ $why }
error-no-model = { $model }：沒有這個資料夾或檔案，也沒有這個命令（{ $commands }）；hub 上的模型寫作 ORG/NAME
error-open-trace = 打不開記錄 { $file }：{ $why }

# Beside the file that a trace was written to.
note-states-left-out = 沒有寫入逐詞元的完整狀態（太占空間），只留下每一遍最後一個詞元之後的狀態。要全部寫入：{ $flags }
