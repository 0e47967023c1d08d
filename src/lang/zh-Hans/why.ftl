# 一个数为什么是这个数：它由哪些部分相加而成，各部分怎样计算。

why-title = 为什么
why-hint = enter 追问这一项 · w 追问权重 · ← 返回 · p 演示乘积 · esc
why-stored = 存储值 { $value } · 相差 { $far }
why-far = 存储值 { $value } · 相差 { $far }，超出舍入误差
why-not-stored = 这个值没有存储
why-unknown = 这里无法计算
why-covered = 列出 { $all } 项中的 { $shown } 项，占全部加减量的 { $share }
why-rest = 另外 { $count } 项
why-lacking = 这里没有：{ $names }。打开模型本身才有这些数。
why-end = 追问到此为止：这是模型学到的数，不再由别的数算出。
why-no-weight = 这一项没有可以追问的权重
why-top = 这里就是提问的起点
why-against = { $at }：{ $branch } 减去本分支
why-in-branch = 分支 { $branch }
why-elsewhere = 矩阵乘积要在它自己的分支里演示：先 switch 过去。
why-opened = 权重是学来的，不是算出来的：只能追问计算过程中的值。

why-note-frozen-scale = 归一化要除以整行共同决定的尺度。这里把尺度当作不变，其余部分就是一个和。
why-note-squares = 每个数以平方计入：它的平方在尺度中占多少。
why-note-capped = 上限把总和压弯，各项按同一比例缩短。
why-note-masked = 这个查询不能看这个键：无论分数多少，掩码都在这里填上 −∞。
why-note-others = 一行的份额总和为 1，所以这一份等于 1 减去其他各项的份额。
why-note-gated = 激活函数只放行一部分，放行多少由这个数自己决定。
why-note-clamped = 门控先把两个输入限制在范围之内。
why-note-turned = 两个维度一起旋转，角度随位置增大。
why-note-scaled = 总和要乘以一个比例，各项也随之相乘。
why-note-heads = 每个注意力头算作一项：它的向量乘以 W_O 中属于它的那些行。
why-note-chosen = 这是一个专家的编号，按这个分数选出。
why-note-not-chosen = 这个专家没有被选中，所以没有份额。
why-note-largest = 取这一列中最大的数。
why-note-changed = 有干预改动了这个值；这里的和是改动之前运算得出的结果。
why-note-difference = 每个数都是另一分支的值减去这里的值；两边相同的权重才写出来。
why-note-made-here = 差别不止来自各个操作数：差别从这一步运算开始，或者这里有改动。
why-note-picked = 索引器为这个查询选中了这个键。
why-note-not-picked = 这个键的分数太小，索引器没有为这个查询选中它。

why-key-move = 选择一项
why-key-enter = 追问这一项为什么是这个数
why-key-weight = 追问它的权重为什么是这个数
why-key-back = 沿原路返回
why-key-play = 逐项演示矩阵乘积
why-key-close = 关闭
