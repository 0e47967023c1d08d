# 指令說的話，螢幕上也用。

reply-score = 頭 { $head } 的分數：{ $query } 看 { $key }
reply-at = { $token } 處{ $what } = { $value }
reply-terms = { $queries } × { $keys } 項，總和 { $sum }
reply-terms-far = { $queries } × { $keys } 項，加上距離的 { $far }，總和 { $sum }
reply-attribution-sum = { $n } 個部分總和 { $sum }；途中每個正規化都除以這次計算裡的尺度（固定）
reply-split-cap = 未經封頂：分數是 { $cap } · tanh(這個數 / { $cap })
reply-cap = 未經封頂：模型給出的是 { $cap } · tanh(logit / { $cap })，不是線性的
reply-part = { $word }（{ $point }）
reply-part-of = { $point } 的 { $word }
reply-part-of-block = 第 { $layer } 個區塊的 { $word }
reply-part-numbered = 第 { $layer } 個區塊的 { $word } { $i }
reply-sweep-error = 估計值（改動 × 梯度）：和上面的影響相關係數 { $correlation }，平均差 { $mean }，最多差 { $largest }（{ $name }，{ $part }）
reply-sweep-pair = 乾淨 { $clean }，改壞 { $corrupted }
reply-sweep-unchanged = 不改動時 { $clean }
reply-sweep-less = { $answer } 減去 { $wrong }
reply-sweep-medians = { $n } 條提示的中位數；四分位數在 JSON 裡
reply-sweep-more = 還有 { $n } 條
reply-sweep-refused = { $all } 行裡有 { $n } 行不能用：
reply-sweep-line = 第 { $line } 行：{ $why }
reply-sweep-floor = 同樣大小的隨機改動：100 次有 95 次在 ±{ $floor } 以內（做了 { $n } 次）；· 標出不比它大的
reply-branch-dropped = 為騰出記憶體丟掉了數值：看的時候再算
reply-difference = { $point } { $shape }，這裡和 { $branch }
reply-difference-rows = { $all } 個詞元裡有 { $matched } 個對得上
reply-difference-none = 沒有可以比較的
reply-difference-same = 每個數都相同
reply-difference-largest = 最大的差 { $element }
reply-row-alone = 沒有對應的詞元
reply-row-none = 沒有可以比較的
reply-row-same = 相同
