# 矩阵和向量的画面，以及它对每一步的说明。

matrix-product = 矩阵乘法
matrix-vectors = 向量
matrix-plane = 平面

matrix-progress = 第 { $step }/{ $steps } 步
matrix-speed = 每秒 { $steps } 步
# 矩阵放不下时显示的部分。
matrix-part = { $all } 个数中的 { $seen } 个
# 正在编辑的一个数，属于 A、B、u 或 v。
matrix-element = { $name } 第 { $row } 行第 { $column } 列
matrix-number = 第几个数：
# 下面列出的乘积属于 C 的哪一格。
matrix-cell = A 的第 { $row } 行 · B 的第 { $column } 列
matrix-landed = { $sum } 填入 C
matrix-more = ……

matrix-start = C 的每一格都是 A 的一行乘以 B 的一列：对应的数两两相乘，再加起来。
matrix-unfit = A 是 { $a }，B 是 { $b }：A 的一行必须和 B 的一列一样长，不然有的数就没有对应的数可乘。
matrix-step-first = A 的第 { $row } 行遇上 B 的第 { $column } 列。先乘各自的第一个数：{ $term }。
matrix-step-next = 各自的第 { $number } 个数：{ $term }。现在的和是 { $sum }。
matrix-step-landed = 和 { $sum } 填入 C 的第 { $row } 行第 { $column } 列。

matrix-angle = cos = u · v / (|u| |v|) = { $cosine }   夹角 = { $degrees }°
matrix-projected = u 在 v 上的投影 = p = { $share } v = { $vector }
matrix-no-direction = 长度为 0 的向量没有方向，也就没有夹角。
matrix-no-onto = v 的长度是 0，没有可以投影的方向。
matrix-unfit-vectors = u 有 { $u } 个数，v 有 { $v } 个数：每个数都要有一个对应的数。
matrix-same-way = 方向完全相同：余弦为 1。
matrix-opposite = 方向完全相反：余弦为 −1。
matrix-right-angle = 互相垂直：一个在另一个的方向上没有任何分量。
matrix-similar = 方向相近：点积是正数。
matrix-away = 方向相背：点积是负数。

# 每一条说明一个键的作用，键名写在前面。
matrix-key-arrows = 选一个数；看向量时：移动箭头的尖端
matrix-key-shift = 把尖端移动 0.1
matrix-key-tab = 换到另一个矩阵或向量
matrix-key-enter = 编辑选中的数
matrix-key-rows = 加一行，减一行；与它相乘的矩阵跟着变
matrix-key-columns = 加一列，减一列
matrix-key-transpose = 把矩阵转置
matrix-key-count = 在 s S n N 前面加数字，就做那么多次
matrix-key-escape = 停下，关闭打开的东西

# 模型里的一个乘积，在它的一个值上演示。
matrix-keys = → ← 一步 · n N 十步 · c C 到底 · space 播放 · + - · m 排序 · HJKL 换格 · esc
matrix-terms = { $all } 项中的 { $shown } 项：Σ = { $sum }
matrix-of-pass = {" "}（第 { $pass } 遍）
matrix-slope = 斜率 { $slope } × 位置 { $key }
matrix-masked = 这个查询不能看这个键：−∞
matrix-lacking = 这里没有：{ $names }。用到它的数显示为 ·
matrix-not-stored = 这个值本身没有记录。
matrix-same = = { $computed } · 记录的值 { $value } · 相差 { $far }：舍入误差最多 { $rounding }
matrix-differs = = { $computed } · 记录的值 { $value } · 相差 { $far }，超过舍入误差（{ $rounding }）：有的值被替换过，或者算法不同
matrix-no-product = { $name } 不是矩阵乘积：可以演示的有 q、k、v、scores、z、各个输出、MLP 和 logits
matrix-opened = 这里打开的是存下来的数，不是算出来的：按 esc 关闭，再按 p 演示计算出来的值

# 演示模型里的乘积时，每一条说明一个键的作用。
matrix-play-next = 加上下一项，或做求和之后的下一步
matrix-play-back = 退回一步
matrix-play-page = 一次十步
matrix-play-end = 全部做完；回到开头
matrix-play-play = 自动播放，或停下
matrix-play-speed = 快一点，慢一点
matrix-play-order = 贡献大的排在前面，或按顺序
matrix-play-cell = 换到另一格：左、下、上、右
matrix-play-close = 关闭

# 每一条说明一个命令的作用。
matrix-help-show = 显示矩阵和最后一步，或者两个向量
matrix-help-product = 两个矩阵的乘积
matrix-help-vectors = 两个向量：和、点积、夹角、投影
matrix-help-a = A 的各行，例如 `a 1 2; 3 4`
matrix-help-b = B 的各行
matrix-help-u = u 的各个数
matrix-help-v = v 的各个数
matrix-help-set = 改一个数
matrix-help-size = A 为 ROWS×INNER，B 为 INNER×COLUMNS；新的数是 0
matrix-help-transpose = 把行变成列
matrix-help-swap = A 和 B 对调：乘积也就不同了
matrix-help-example = 回到开始时的数
matrix-help-step = 下一个乘积，或接下来的 N 个
matrix-help-back = 退回最后一步，或最后 N 步
matrix-help-cell = 做到下一格填好为止，或接下来的 N 格
matrix-help-cell-back = 退回这一格的开头，或退回 N 格
matrix-help-play = 自动播放，或停下；没有画面时做到底
matrix-help-end = 做完所有格子
matrix-help-start = 退回所有步骤
matrix-help-speed = `play` 每秒走几步
matrix-help-load = 从文件读入数，每行一行
matrix-help-save = 把数写进文件
matrix-help-undo = 撤销上一次修改
matrix-help-help = 所有命令
matrix-help-quit = 离开

# 可能出的错。
matrix-error-empty = 里面没有数：数用空格隔开，行用分号隔开，例如 `1 2; 3 4`
matrix-error-ragged = 第 { $row } 行有 { $found } 个数，第一行有 { $due } 个
matrix-error-large = { $size } 太大：这里的矩阵最多 { $most } 行 { $most } 列
matrix-error-long-vector = 这里的向量有 1 到 { $most } 个数，不能是 { $given } 个
matrix-error-no-thing = 这里没有 { $word }：有矩阵 a 和 b，向量 u 和 v
matrix-error-no-element = { $name } 没有位置 { $given }：它的大小是 { $size }
matrix-error-unfit = A 是 { $a }，B 是 { $b }：A 的一行必须和 B 的一列一样长
matrix-error-no-steps = 两个向量没有步骤：用 `product` 显示矩阵
matrix-error-at-end = 所有格子都填好了：已经到底
matrix-error-at-start = 还没有乘过：已经在开头
matrix-error-unfinished = C 还有没填好的格子：用 `end` 做到底
matrix-error-no-undo = 没有可以撤销的
matrix-error-write = { $file } 写不了：{ $why }
matrix-error-missing = 文件不存在
matrix-error-not-a-file = 不是普通文件
matrix-error-many-bytes = 超过 { $bytes } 字节：这里的矩阵最多 { $most } 行 { $most } 列
matrix-error-not-text = 第 { $line } 行不是 UTF-8 文字
matrix-error-cell = 第 { $line } 行第 { $column } 列：{ $why }
