# 矩陣和向量的畫面，以及它對每一步的說明。

matrix-product = 矩陣乘法
matrix-vectors = 向量
matrix-plane = 平面

matrix-progress = 第 { $step }/{ $steps } 步
matrix-speed = 每秒 { $steps } 步
# 矩陣放不下時顯示的部分。
matrix-part = { $all } 個數中的 { $seen } 個
# 正在編輯的一個數，屬於 A、B、u 或 v。
matrix-element = { $name } 第 { $row } 列第 { $column } 行
matrix-number = 第幾個數：
# 下面列出的乘積屬於 C 的哪一格。
matrix-cell = A 的第 { $row } 列 · B 的第 { $column } 行
matrix-landed = { $sum } 填入 C
matrix-more = ……

matrix-start = C 的每一格都是 A 的一列乘以 B 的一行：對應的數兩兩相乘，再加起來。
matrix-unfit = A 是 { $a }，B 是 { $b }：A 的一列必須和 B 的一行一樣長，不然有的數就沒有對應的數可乘。
matrix-step-first = A 的第 { $row } 列遇上 B 的第 { $column } 行。先乘各自的第一個數：{ $term }。
matrix-step-next = 各自的第 { $number } 個數：{ $term }。現在的和是 { $sum }。
matrix-step-landed = 和 { $sum } 填入 C 的第 { $row } 列第 { $column } 行。

matrix-angle = cos = u · v / (|u| |v|) = { $cosine }   夾角 = { $degrees }°
matrix-projected = u 在 v 上的投影 = p = { $share } v = { $vector }
matrix-no-direction = 長度為 0 的向量沒有方向，也就沒有夾角。
matrix-no-onto = v 的長度是 0，沒有可以投影的方向。
matrix-unfit-vectors = u 有 { $u } 個數，v 有 { $v } 個數：每個數都要有一個對應的數。
matrix-same-way = 方向完全相同：餘弦為 1。
matrix-opposite = 方向完全相反：餘弦為 −1。
matrix-right-angle = 互相垂直：一個在另一個的方向上沒有任何分量。
matrix-similar = 方向相近：內積是正數。
matrix-away = 方向相背：內積是負數。

# 每一條說明一個按鍵的作用，鍵名寫在前面。
matrix-key-arrows = 選一個數；看向量時：移動箭頭的尖端
matrix-key-shift = 把尖端移動 0.1
matrix-key-tab = 換到另一個矩陣或向量
matrix-key-enter = 編輯選中的數
matrix-key-rows = 加一列，減一列；與它相乘的矩陣跟著變
matrix-key-columns = 加一行，減一行
matrix-key-transpose = 把矩陣轉置
matrix-key-count = 在 s S n N 前面加數字，就做那麼多次
matrix-key-escape = 停下，關閉打開的東西

# 模型裡的一個乘積，在它的一個值上示範。
matrix-keys = → ← 一步 · n N 十步 · c C 到底 · space 播放 · + - · m 排序 · HJKL 換格 · esc
matrix-terms = { $all } 項中的 { $shown } 項：Σ = { $sum }
matrix-of-pass = {" "}（第 { $pass } 遍）
matrix-slope = 斜率 { $slope } × 位置 { $key }
matrix-masked = 這個查詢不能看這個鍵：−∞
matrix-lacking = 這裡沒有：{ $names }。用到它的數顯示為 ·
matrix-not-stored = 這個值本身沒有記錄。
matrix-same = = { $computed } · 記錄的值 { $value } · 相差 { $far }：捨入誤差最多 { $rounding }
matrix-differs = = { $computed } · 記錄的值 { $value } · 相差 { $far }，超過捨入誤差（{ $rounding }）：有的值被替換過，或者演算法不同
matrix-no-product = { $name } 不是矩陣乘積：可以示範的有 q、k、v、scores、z、各個輸出、MLP 和 logits
matrix-opened = 這裡打開的是存下來的數，不是算出來的：按 esc 關閉，再按 p 示範計算出來的值

# 示範模型裡的乘積時，每一條說明一個按鍵的作用。
matrix-play-next = 加上下一項，或做求和之後的下一步
matrix-play-back = 退回一步
matrix-play-page = 一次十步
matrix-play-end = 全部做完；回到開頭
matrix-play-play = 自動播放，或停下
matrix-play-speed = 快一點，慢一點
matrix-play-order = 貢獻大的排在前面，或按順序
matrix-play-cell = 換到另一格：左、下、上、右
matrix-play-close = 關閉

# 每一條說明一個命令的作用。
matrix-help-show = 顯示矩陣和最後一步，或者兩個向量
matrix-help-product = 兩個矩陣的乘積
matrix-help-vectors = 兩個向量：和、內積、夾角、投影
matrix-help-a = A 的各列，例如 `a 1 2; 3 4`
matrix-help-b = B 的各列
matrix-help-u = u 的各個數
matrix-help-v = v 的各個數
matrix-help-set = 改一個數
matrix-help-size = A 為 ROWS×INNER，B 為 INNER×COLUMNS；新的數是 0
matrix-help-transpose = 把列變成行
matrix-help-swap = A 和 B 對調：乘積也就不同了
matrix-help-example = 回到開始時的數
matrix-help-step = 下一個乘積，或接下來的 N 個
matrix-help-back = 退回最後一步，或最後 N 步
matrix-help-cell = 做到下一格填好為止，或接下來的 N 格
matrix-help-cell-back = 退回這一格的開頭，或退回 N 格
matrix-help-play = 自動播放，或停下；沒有畫面時做到底
matrix-help-end = 做完所有格子
matrix-help-start = 退回所有步驟
matrix-help-speed = `play` 每秒走幾步
matrix-help-load = 從檔案讀入數，每行一列
matrix-help-save = 把數寫進檔案
matrix-help-undo = 復原上一次修改
matrix-help-help = 所有命令
matrix-help-quit = 離開

# 可能出的錯。
matrix-error-empty = 裡面沒有數：數用空格隔開，列用分號隔開，例如 `1 2; 3 4`
matrix-error-ragged = 第 { $row } 列有 { $found } 個數，第一列有 { $due } 個
matrix-error-large = { $size } 太大：這裡的矩陣最多 { $most } 列 { $most } 行
matrix-error-long-vector = 這裡的向量有 1 到 { $most } 個數，不能是 { $given } 個
matrix-error-no-thing = 這裡沒有 { $word }：有矩陣 a 和 b，向量 u 和 v
matrix-error-no-element = { $name } 沒有位置 { $given }：它的大小是 { $size }
matrix-error-unfit = A 是 { $a }，B 是 { $b }：A 的一列必須和 B 的一行一樣長
matrix-error-no-steps = 兩個向量沒有步驟：用 `product` 顯示矩陣
matrix-error-at-end = 所有格子都填好了：已經到底
matrix-error-at-start = 還沒有乘過：已經在開頭
matrix-error-unfinished = C 還有沒填好的格子：用 `end` 做到底
matrix-error-no-undo = 沒有可以復原的
matrix-error-write = { $file } 寫不了：{ $why }
matrix-error-missing = 檔案不存在
matrix-error-not-a-file = 不是普通檔案
matrix-error-many-bytes = 超過 { $bytes } 位元組：這裡的矩陣最多 { $most } 列 { $most } 行
matrix-error-not-text = 第 { $line } 行不是 UTF-8 文字
matrix-error-cell = 第 { $line } 行第 { $column } 欄：{ $why }
