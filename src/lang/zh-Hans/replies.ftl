# 命令说的话，屏幕上也用。

reply-score = 头 { $head } 的分数：{ $query } 看 { $key }
reply-at = { $token } 处{ $what } = { $value }
reply-terms = { $queries } × { $keys } 项，总和 { $sum }
reply-terms-far = { $queries } × { $keys } 项，加上距离的 { $far }，总和 { $sum }
reply-attribution-sum = { $n } 个部分总和 { $sum }；途中每个归一化都除以这次计算里的尺度（固定）
reply-split-cap = 未经封顶：分数是 { $cap } · tanh(这个数 / { $cap })
reply-cap = 未经封顶：模型给出的是 { $cap } · tanh(logit / { $cap })，不是线性的
reply-part = { $word }（{ $point }）
reply-part-of = { $point } 的 { $word }
reply-part-of-block = 第 { $layer } 块的 { $word }
reply-part-numbered = 第 { $layer } 块的 { $word } { $i }
reply-sweep-error = 估计值（改动 × 梯度）：和上面的影响相关系数 { $correlation }，平均差 { $mean }，最多差 { $largest }（{ $name }，{ $part }）
reply-sweep-pair = 干净 { $clean }，改坏 { $corrupted }
reply-sweep-unchanged = 不改动时 { $clean }
reply-sweep-less = { $answer } 减去 { $wrong }
reply-sweep-medians = { $n } 条提示的中位数；四分位数在 JSON 里
reply-sweep-more = 还有 { $n } 条
reply-sweep-refused = { $all } 行里有 { $n } 行不能用：
reply-sweep-line = 第 { $line } 行：{ $why }
reply-sweep-floor = 同样大小的随机改动：100 次有 95 次在 ±{ $floor } 以内（做了 { $n } 次）；· 标出不比它大的
reply-branch-dropped = 为腾出内存丢掉了数值：看的时候再算
reply-difference = { $point } { $shape }，这里和 { $branch }
reply-difference-rows = { $all } 个词元里有 { $matched } 个对得上
reply-difference-none = 没有可以比较的
reply-difference-same = 每个数都相同
reply-difference-largest = 最大的差 { $element }
reply-row-alone = 没有对应的词元
reply-row-none = 没有可以比较的
reply-row-same = 相同
