# 分步计算：一个值怎样由前面的值算出来。数字和 hook point 的名字保持原样。

stages-pane = 分步计算
# 列标题，最多十二列宽。
stages-score = 分数
stages-share = ÷ 总和
# 不属于任何词元的那个分数。
stages-sink = （汇点）
# 放不下的行。
stages-more = 还有 { $count } 行，合计 { $share }

stages-softmax = { $token }，第 { $head } 头：每个分数减去最大值（{ $max }），取 e 的幂，再除以总和 { $sum }
stages-mix = { $token } 在第 { $head } 头的 z：把各个词元的 v（第 { $kv } 头）乘上注意力权重，再加起来
stages-neuron = 神经元 { $neuron }，{ $token } 处：{ $function }({ $pre }) = { $activated }
stages-neuron-gated = 神经元 { $neuron }，{ $token } 处：{ $function }({ $pre }) · { $linear } = { $activated } · { $linear } = { $post }
stages-answer = { $token } 之后：每个 logit 除以温度 { $temperature }，取 e 的幂，再除以 { $all } 个词元的总和 { $sum }
stages-top-k = top-k { $k } 留下 { $kept } 个词元，概率重新除以它们的和
stages-top-p = top-p { $p } 再从大到小留下刚好凑够 { $p } 的几个：{ $kept } 个
stages-no-cut = 没有截断，每个词元都可能抽中 · 输入 :cut top_k=5 top_p=0.9 就会截断，token sample 也照此抽取
stages-sinusoidal = 固定的正弦余弦表，是算出来的，不是学出来的：每个位置 p 都有自己独特的一组快慢波
# 在 pos_embed 选定维度的曲线；{ $dims } 是数字。
curves-chosen = 第 { $dims } 维的曲线 · M 添上或去掉光标所在的维度
curves-none = 只画光标所在的一对维度 · M 选定光标所在的维度
curves-elsewhere = 各维度的曲线画在 pos_embed：goto pos_embed
curves-range = 维度从 0 到 { $last }
curves-many = 最多同时画 { $most } 条曲线 · curves none 重新选
stages-learned = 学出来的位置表：每个位置 p 有自己的一行，和别的权重一样由训练得到；● 是词元所在的位置
stages-no-table = 学出来的位置表；记录里只有词元用到的那几行
stages-rotation = 第 { $head } 头的第 { $a } 维和第 { $b } 维一起转动 p · { $frequency } 弧度：曲线是各位置 p 的余弦和正弦
stages-rotation-recorded = 第 { $head } 头的第 { $a } 维和第 { $b } 维一起转动；角度由记录下来的转动前后的数算出
stages-waiting = 正在计算…
stages-none = 这里没有分步计算：pos_embed、rot_q、rot_k、pattern、z、mlp.post 和 logits 才有
stages-more-rows = 还有 { $count } 行
