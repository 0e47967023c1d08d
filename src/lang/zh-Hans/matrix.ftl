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
