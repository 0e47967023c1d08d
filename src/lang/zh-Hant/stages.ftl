# 分步計算：一個值怎樣由前面的值算出來。數字和 hook point 的名字保持原樣。

stages-pane = 分步計算
# 欄標題，最多十二欄寬。
stages-score = 分數
stages-share = ÷ 總和
# 不屬於任何詞元的那個分數。
stages-sink = （匯點）
# 放不下的列。
stages-more = 還有 { $count } 列，合計 { $share }

stages-softmax = { $token }，第 { $head } 頭：每個分數減去最大值（{ $max }），取 e 的冪，再除以總和 { $sum }
stages-mix = { $token } 在第 { $head } 頭的 z：把各個詞元的 v（第 { $kv } 頭）乘上注意力權重，再加起來
stages-neuron = 神經元 { $neuron }，{ $token } 處：{ $function }({ $pre }) = { $activated }
stages-neuron-gated = 神經元 { $neuron }，{ $token } 處：{ $function }({ $pre }) · { $linear } = { $activated } · { $linear } = { $post }
stages-answer = { $token } 之後：每個 logit 除以溫度 { $temperature }，取 e 的冪，再除以 { $all } 個詞元的總和 { $sum }
stages-top-k = top-k { $k } 留下 { $kept } 個詞元，機率重新除以它們的和
stages-top-p = top-p { $p } 再從大到小留下剛好湊夠 { $p } 的幾個：{ $kept } 個
stages-no-cut = 沒有截斷，每個詞元都可能抽中 · 輸入 :cut top_k=5 top_p=0.9 就會截斷，token sample 也照此抽取
stages-sinusoidal = 固定的正弦餘弦表，是算出來的，不是學出來的：每個位置 p 都有自己獨特的一組快慢波
# 在 pos_embed 選定維度的曲線；{ $dims } 是數字。
curves-chosen = 第 { $dims } 維的曲線 · M 加上或去掉游標所在的維度
curves-none = 只畫游標所在的一對維度 · M 選定游標所在的維度
curves-elsewhere = 各維度的曲線畫在 pos_embed：goto pos_embed
curves-range = 維度從 0 到 { $last }
curves-many = 最多同時畫 { $most } 條曲線 · curves none 重新選
stages-learned = 學出來的位置表：每個位置 p 有自己的一列，和別的權重一樣由訓練得到；● 是詞元所在的位置
stages-no-table = 學出來的位置表；記錄裡只有詞元用到的那幾列
stages-rotation = 第 { $head } 頭的第 { $a } 維和第 { $b } 維一起轉動 p · { $frequency } 弧度：曲線是各位置 p 的餘弦和正弦
stages-rotation-recorded = 第 { $head } 頭的第 { $a } 維和第 { $b } 維一起轉動；角度由記錄下來的轉動前後的數算出
stages-waiting = 正在計算…
stages-none = 這裡沒有分步計算：pos_embed、rot_q、rot_k、pattern、z、mlp.post 和 logits 才有
stages-more-rows = 還有 { $count } 列
