# 每個觀察點的說明：幾個字的標題，和一行不超過 118 欄的文字（一個漢字佔兩欄）。

explain-embed-title = 詞元矩陣
explain-embed-text = 每個詞元變成一列 { $d_model } 個數，按編號從 { $d_vocab } 列的表裡查出

explain-token-type-embed-title = 段
explain-token-type-embed-text = 詞元屬於文字的哪一段：前面有幾個 [SEP]，最多到表的列數

explain-pos-embed-title = 位置
explain-pos-embed-text = 每個位置一列，加到嵌入上：同一個詞元在不同位置就不一樣了

explain-embed-ln-out-title = 正規化：輸出
explain-embed-ln-out-text = 詞元、段和位置合在一起：最初的殘差流

explain-resid-pre-post-norm-title = 殘差流
explain-resid-pre-post-norm-text = 每個詞元一列；這個區塊讀取它，把結果加上去，再對總和做正規化

explain-resid-pre-title = 殘差流
explain-resid-pre-text = 每個詞元一列；這個區塊讀取它，把結果加上去，從不覆蓋它

explain-q-title = 查詢
explain-q-text = 每個詞元在找什麼，每個頭一個向量

explain-k-title = 鍵
explain-k-text = 每個詞元能提供什麼；方向一致的查詢會找到它{ $shared }

explain-v-title = 值
explain-v-text = 每個詞元交給關注它的詞元的內容{ $shared }

explain-q-normed-title = 正規化的查詢和鍵
explain-q-normed-text = 長度統一，分數就表示方向有多一致

explain-rot-q-title = 按位置旋轉
explain-rot-q-text = 維度兩兩一對隨位置旋轉，於是 q·k 取決於兩個詞元相隔多遠

explain-attn-scores-encoder-title = 注意力分數
explain-attn-scores-encoder-text = 第 i 列：詞元 i 的查詢與每個鍵有多匹配，前面的和後面的都算

explain-attn-scores-window-title = 注意力分數
explain-attn-scores-window-text = 第 i 列：詞元 i 的查詢與每個鍵有多匹配；後面的詞元和最近 { $window } 個以外的詞元被遮住（·）

explain-attn-scores-title = 注意力分數
explain-attn-scores-text = 第 i 列：詞元 i 的查詢與每個鍵有多匹配；後面的詞元被遮住（·）

explain-pattern-doubtful-title = 注意力圖
explain-pattern-doubtful-text = 第 i 列表示詞元 i 看哪裡；每列加起來等於 1，如果頭可以停在 sink 上則小於 1

explain-pattern-sinks-title = 注意力圖
explain-pattern-sinks-text = 第 i 列表示詞元 i 看哪裡；加起來小於 1：其餘落在這個頭學到的 sink 上，它什麼也不讀

explain-pattern-title = 注意力圖
explain-pattern-text = 第 i 列表示詞元 i 看哪裡；每列加起來等於 1

explain-z-title = 混合值
explain-z-text = 把所看詞元的值按注意力的占比混合起來{ $shared }

explain-attn-own-out-title = 注意力輸出，正規化之前
explain-attn-own-out-text = 所有頭的結果；加到殘差流之前先做正規化

explain-shifted-title = 與前一個詞元混合
explain-shifted-text = 每個元素一部分取自本詞元的列，其餘取自前一個詞元的列

explain-mixer-decay-gate-title = 取 σ 前的遺忘閘
explain-mixer-decay-gate-text = 每個頭一個數；它的 σ 決定狀態保留多少

explain-mixer-forget-title = 按峰值折算前的遺忘
explain-mixer-forget-text = 狀態保留比例的對數，還沒有按峰值折算

explain-mixer-write-gate-title = 寫入閘
explain-mixer-write-gate-text = 每個頭一個數；取 σ 或取指數後決定值寫入多少

explain-mixer-peak-title = 峰值
explain-mixer-peak-text = 到目前為止最大的指數，減去此後遺忘的部分：狀態都以它的 exp 為單位存放，不會溢位

explain-mixer-share-title = 值的寫入比例
explain-mixer-share-text = 每個詞元把自己的值寫進所在頭的狀態多少

explain-mixer-weights-title = 記憶的權重
explain-mixer-weights-text = 寫入各值時所用比例之和，與狀態一同衰減：讀出的內容要除以它

explain-mixer-own-title = 自身值的比例
explain-mixer-own-text = 詞元讀到的內容裡自己的值占多少；其餘是之前各值的平均

explain-mixer-weight-read-title = 從權重讀出的數
explain-mixer-weight-read-text = 每個詞元的查詢乘以所在頭的權重：讀出內容的除數

explain-mlp-out-gate-title = MLP：輸出閘
explain-mlp-out-gate-text = 取 σ 後打開或關閉 MLP 寫出的每個元素

explain-shared-joined-title = 殘差流與嵌入相接
explain-shared-joined-text = 殘差流後面接上詞元的嵌入：共享區塊讀的就是它

explain-shared-own-title = 共享映射
explain-shared-own-text = 幾個區塊共用的權重算出的結果，還沒有加上本區塊的轉接器

explain-adapter-low-title = 轉接器內部
explain-adapter-low-text = 本區塊的轉接器所經過的少數幾個數

explain-adapter-title = 轉接器
explain-adapter-text = 本區塊在共享映射之上自己加的部分

explain-shared-attn-out-title = 共享區塊的注意力輸出
explain-shared-attn-out-text = 各頭找到的內容，供共享區塊的 MLP 讀取

explain-shared-out-title = 共享區塊的輸出
explain-shared-out-text = 共享區塊的結果，經本區塊的映射：混合器把它與殘差流一起讀

explain-mixer-sum-title = 混合器讀的內容
explain-mixer-sum-text = 殘差流加上共享區塊的輸出；只有混合器自己的輸出會加到殘差流上

explain-mixer-q-in-title = 卷積前的查詢
explain-mixer-q-in-text = 殘差流的線性映射，還沒有與前幾個詞元做卷積（狀態空間模型裡叫 C）

explain-mixer-k-in-title = 卷積前的鍵
explain-mixer-k-in-text = 殘差流的線性映射，還沒有與前幾個詞元做卷積（狀態空間模型裡叫 B）

explain-mixer-v-in-title = 卷積前的值
explain-mixer-v-in-text = 殘差流的線性映射，還沒有與前幾個詞元做卷積（狀態空間模型裡叫 x）

explain-mixer-q-title = 查詢
explain-mixer-q-text = 每個詞元向狀態問什麼：z 是查詢乘以狀態（狀態空間模型裡叫 C）

explain-mixer-k-title = 鍵
explain-mixer-k-text = 每個詞元寫到狀態的哪裡：狀態的每一列有一個係數（狀態空間模型裡叫 B）

explain-mixer-v-title = 值
explain-mixer-v-text = 每個詞元要寫進狀態的內容（狀態空間模型裡叫 x）

explain-mixer-q-normed-title = 化為同一長度
explain-mixer-q-normed-text = 向量的長度固定，只有方向起作用

explain-mixer-step-low-title = 步長的來源
explain-mixer-step-low-text = 少數幾個數，所有頭的步長都由它們算出

explain-mixer-step-in-title = 加偏置前的步長
explain-mixer-step-in-text = 每個頭一個數；加上偏置再取 softplus 就是步長

explain-mixer-step-title = 步長
explain-mixer-step-text = 每個頭的狀態在這個詞元上走多遠：步長越大，忘得越多

explain-mixer-decay-title = 遺忘的對數
explain-mixer-decay-text = 取 exp 就是狀態保留的比例：0 表示全部保留，很大的負數表示忘掉

explain-mixer-beta-in-title = 取 σ 前的寫入比例
explain-mixer-beta-in-text = 每個頭一個數；它的 σ 就是寫入執行多少

explain-mixer-beta-title = 寫入比例
explain-mixer-beta-text = 每個頭把值與記憶之差寫進去多少：0 不寫，1 全寫

explain-mixer-write-title = 寫入的內容
explain-mixer-write-text = 每個詞元寫進所在頭的狀態的向量，寫到鍵所指的那些列

explain-mixer-state-title = 狀態
explain-mixer-state-text = 每個頭在這個詞元之後的記憶：一個會衰減、會寫入的矩陣，代替鍵值快取

explain-mixer-pattern-title = 與遞迴等價的模式
explain-mixer-pattern-text = 第 i 列是詞元 i 從每個詞元的值裡讀多少；各列之和不必為 1，後面也不用它計算

explain-mixer-read-title = 讀出的內容
explain-mixer-read-text = 每個詞元的查詢乘以所在頭的狀態

explain-mixer-z-title = 每個頭找到的內容
explain-mixer-z-text = 詞元的查詢從狀態裡讀出的內容；有的模型還加上自己的值的若干倍

explain-mixer-gate-low-title = 閘門的來源
explain-mixer-gate-low-text = 少數幾個數，所有頭的閘門都由它們算出

explain-mixer-gate-title = 閘門
explain-mixer-gate-text = 打開或關上讀出內容的每個元素

explain-mixer-z-normed-title = 讀出內容的正規化
explain-mixer-z-normed-text = 每個頭找到的內容化為同一長度

explain-mixer-z-gated-title = 過閘門後的內容
explain-mixer-z-gated-text = 每個頭找到的內容乘以閘門

explain-mixer-gate-in-title = 卷積前的閘門
explain-mixer-gate-in-text = 在與前幾個詞元混合之前乘以值

explain-mixer-gate-out-title = 卷積後的閘門
explain-mixer-gate-out-text = 乘以卷積從前幾個詞元得到的結果

explain-mixer-value-title = 卷積的值
explain-mixer-value-text = 殘差流的線性映射，由卷積在詞元之間混合

explain-mixer-pre-title = 卷積讀取的內容
explain-mixer-pre-text = 值乘以閘門；下一輪拿到最後幾個詞元的列

explain-mixer-convolved-title = 卷積
explain-mixer-convolved-text = 每個通道對最後幾個詞元求和，每個位置一個權重

explain-mixer-post-title = 卷積寫出的內容
explain-mixer-post-text = 卷積的和乘以後面的閘門

explain-mixer-own-out-title = 正規化前的混合器輸出
explain-mixer-own-out-text = 混合器找到的內容，回到殘差流的寬度

explain-mixer-out-title = 混合器輸出
explain-mixer-out-text = 混合器從前面詞元裡找到的內容，加到殘差流上

explain-attn-out-output-norm-title = 注意力輸出
explain-attn-out-output-norm-text = 所有頭的結果，正規化之後加到殘差流裡

explain-attn-out-title = 注意力輸出
explain-attn-out-text = 所有頭的結果，變回殘差流的寬度

explain-resid-mid-title = 殘差流
explain-resid-mid-text = 注意力的結果已經加上；前饋層從這裡讀取

explain-pre-title = 前饋層：激勵函數之前
explain-pre-text = 每個詞元有 { $d_mlp } 個探測器，各向這一列提一個問題

explain-pre-linear-title = 前饋層：線性部分
explain-pre-linear-text = 門將要放行的內容

explain-post-title = 前饋層：神經元
explain-post-text = 哪些探測器觸發了，有多強

explain-router-logits-title = 專家：分數
explain-router-logits-text = 每個專家有多適合每個詞元：選分數最高的

explain-expert-indices-title = 專家：選了誰
explain-expert-indices-text = 每個詞元送往哪些專家；由分數選出時，占比最大的在前

explain-expert-weights-title = 專家：占比
explain-expert-weights-text = 每個詞元送往幾個專家；這是每個專家佔多少

explain-mlp-own-out-title = 前饋層輸出，正規化之前
explain-mlp-own-out-text = 觸發的探測器寫出的內容；加到殘差流之前先做正規化

explain-mlp-out-output-norm-title = 前饋層輸出
explain-mlp-out-output-norm-text = 觸發的探測器寫出的內容，正規化之後加到殘差流裡

explain-mlp-out-experts-title = 專家的輸出
explain-mlp-out-experts-text = 選中的專家寫回的內容，按各自的占比{ $expert }

explain-mlp-out-title = 前饋層輸出
explain-mlp-out-text = 觸發的探測器寫回的內容

explain-resid-post-post-norm-title = 殘差流
explain-resid-post-post-norm-text = 前饋層的結果已經加上；總和正規化之後就是這個區塊的結果

explain-resid-post-encoder-title = 殘差流
explain-resid-post-encoder-text = 這個區塊的結果，也是下一個區塊的輸入

explain-resid-post-title = 殘差流
explain-resid-post-text = 這個區塊的結果，也是下一個區塊的輸入；旁邊的窗格把它讀成下一個詞元

explain-pooler-dense-out-title = 池化：tanh 之前
explain-pooler-dense-out-text = 只取第一個詞元的列，代表整段文字

explain-pooler-out-title = 池化向量
explain-pooler-out-text = 由第一個詞元得出、代表整段文字的一個向量，供分類器讀取

explain-pooling-out-title = 池化向量
explain-pooling-out-text = 按 modules.json 的方式，由各詞元的列合成、代表整段文字的一個向量

explain-pooling-scale-title = 長度
explain-pooling-scale-text = 池化向量有多長

explain-pooling-normalized-title = 句子嵌入
explain-pooling-normalized-text = 長度為 1 的文字向量：兩段文字的點積就是它們有多相似

explain-mlm-head-out-title = 輸出頭：激勵函數之前
explain-mlm-head-out-text = 每個詞元的列，準備好和詞表裡所有詞元比較

explain-mlm-head-post-title = 輸出頭：激勵函數之後
explain-mlm-head-post-text = 接下來正規化，然後是 logits

explain-logits-encoder-title = logit 分數
explain-logits-encoder-text = 詞表裡每個詞元一個分數；對一列做 softmax，就知道那個位置上是什麼

explain-logits-title = logit 分數
explain-logits-text = 詞表裡每個詞元一個分數；對最後一列做 softmax，就是下一個詞元的分佈

explain-scale-title = 正規化：尺度
explain-scale-text = 每個詞元的列有多大；除以它，各列就有了同樣的尺度{ $either }

explain-normalized-title = 正規化：結果
explain-normalized-text = 每一列的平均大小都是 1，還沒有乘學到的權重{ $either }

explain-norm-out-title = 正規化：輸出
explain-norm-out-text = 下一部分讀取的內容：正規化的列乘以學到的權重

# 有些模型在句尾要補充的話。
explain-shared = ；第 h 個查詢頭讀第 ⌊h/{ $group }⌋ 個頭
explain-either = ；RMSNorm 不減平均值
# 一個專家的計算，單獨一行。
explain-expert = 每個都是 { $activation }({ $gate }) ⊙ { $linear }，前後各有自己的線性變換

# 權重的說明：幾個字的標題和一行文字。
weight-w-e-title = 嵌入矩陣
weight-w-e-text = 詞表的每個詞元一列：編號所代表的那些數，在訓練中學到
weight-w-pos-title = 位置表
weight-w-pos-text = 文字裡每個位置一列，在訓練中學到，加到詞元的列上
weight-w-token-type-title = 段表
weight-w-token-type-text = 文字的每一段一列，加到詞元的列上
weight-project-in-w-title = 進入殘差流
weight-project-in-w-text = 詞元的列比殘差流長或短：這個矩陣把它變成殘差流的寬度
weight-project-out-w-title = 離開殘差流
weight-project-out-w-text = 把殘差流的列變回詞元列的長度，這樣兩者才能比較
weight-attn-w-q-title = 查詢矩陣
weight-attn-w-q-text = 每個頭一個矩陣：把詞元的列變成它向其他詞元提的問題
weight-attn-w-k-title = 鍵矩陣
weight-attn-w-k-text = 每個頭一個矩陣：把詞元的列變成供問題比對的鍵
weight-attn-w-v-title = 值矩陣
weight-attn-w-v-text = 每個頭一個矩陣：把詞元的列變成交給關注者的內容
weight-attn-w-o-title = 輸出矩陣
weight-attn-w-o-text = 每個頭一個矩陣：把頭找到的東西變回殘差流的寬度
weight-attn-b-q-title = 查詢偏置
weight-attn-b-q-text = 加在每個查詢上的數，與詞元無關
weight-attn-b-k-title = 鍵偏置
weight-attn-b-k-text = 加在每個鍵上的數，與詞元無關
weight-attn-b-v-title = 值偏置
weight-attn-b-v-text = 加在每個值上的數，與詞元無關
weight-attn-b-o-title = 輸出偏置
weight-attn-b-o-text = 加在注意力輸出上的數，與詞元無關
weight-attn-q-norm-w-title = 查詢正規化：權重
weight-attn-q-norm-w-text = 正規化的查詢每一維乘以其中一個數
weight-attn-k-norm-w-title = 鍵正規化：權重
weight-attn-k-norm-w-text = 正規化的鍵每一維乘以其中一個數
weight-attn-sinks-title = sink 分數
weight-attn-sinks-text = 每個頭一個分數，參加 softmax，但不屬於任何詞元
weight-mlp-w-router-title = 路由矩陣
weight-mlp-w-router-text = 給每個專家打分，看它有多適合詞元的列：選分數最高的
weight-w-gate-title = 門矩陣
weight-w-gate-text = 每個神經元一行：詞元的列裡什麼樣的圖案打開這個神經元
weight-w-in-title = 輸入矩陣
weight-w-in-text = 每個神經元一行：詞元的列裡什麼樣的圖案引起這個神經元的反應
weight-w-out-title = 輸出矩陣
weight-w-out-text = 每個神經元一列：它觸發時寫進殘差流的內容
weight-b-gate-title = 門偏置
weight-b-gate-text = 每個神經元有多容易打開，與詞元無關
weight-b-in-title = 輸入偏置
weight-b-in-text = 每個神經元有多容易觸發，與詞元無關
weight-b-out-title = 輸出偏置
weight-b-out-text = 加在前饋層輸出上的數，與詞元無關
weight-mlp-b-router-title = 路由偏置
weight-mlp-b-router-text = 每個專家有多容易被選中，與詞元無關
weight-pooler-w-title = 池化矩陣
weight-pooler-w-text = 把第一個詞元的列變成代表整段文字的一個向量
weight-mlm-head-w-title = 輸出頭矩陣
weight-mlm-head-w-text = 給被遮住的詞元打分之前，把每一列再變換一次
weight-w-u-title = 輸出矩陣
weight-w-u-text = 詞表的每個詞元一行：殘差流的列朝著它的方向，它的 logit 就高
weight-b-u-title = 輸出偏置
weight-b-u-text = 加在每個詞元的 logit 上的數，與文字無關
weight-norm-w-title = 正規化：權重
weight-norm-w-text = 正規化的列每一維乘以其中一個數
weight-other-b-title = 偏置
weight-other-b-text = 加在每一列上的數，與詞元無關

# 區塊為後面的詞元留著的鍵和值：寫在它們的說明前面。
explain-kept = 留著的（緩存）：後面的詞元只計算自己的一列，從這裡讀取其他詞元的

explain-attn-gate-title = 注意力的閘
explain-attn-gate-text = 經過 sigmoid 之前：每個頭的混合結果放過多少

explain-attn-z-gated-title = 過閘之後的混合
explain-attn-z-gated-text = 每個頭的混合結果，只留下閘放過的部分

explain-attn-z-normed-title = 正規化後的混合
explain-attn-z-normed-text = 所有頭的混合結果調到同樣大小，再寫回殘差流

explain-mlp-post-normed-title = 前饋層：正規化後的神經元
explain-mlp-post-normed-text = 神經元的輸出調到同樣大小，再寫進殘差流

explain-mlp-experts-out-title = 專家：輸出
explain-mlp-experts-out-text = 選中的專家各自的結果，按份額相加

explain-mlp-shared-pre-title = 共享專家：激活之前
explain-mlp-shared-pre-text = 每個詞元都要經過的神經元，不管它被送到哪些專家

explain-mlp-shared-pre-linear-title = 共享專家：線性的一半
explain-mlp-shared-pre-linear-text = 閘會放過的內容

explain-mlp-shared-post-title = 共享專家：神經元
explain-mlp-shared-post-text = 哪些神經元被激活，有多強

explain-mlp-shared-out-title = 共享專家：輸出
explain-mlp-shared-out-text = 每個詞元都經過的前饋層得到的結果

explain-mlp-shared-gate-title = 共享專家：多少
explain-mlp-shared-gate-text = 每個詞元一個數；它的 sigmoid 乘在共享專家的輸出上

explain-mlp-shared-weighed-title = 共享專家：加權之後
explain-mlp-shared-weighed-text = 共享專家的輸出，只留下閘放過的部分

weight-attn-w-gate-title = 注意力的閘矩陣
weight-attn-w-gate-text = 把詞元的行變成一些數，決定每個頭的結果放過多少

weight-attn-z-norm-w-title = 混合結果的正規化：權重
weight-attn-z-norm-w-text = 正規化之後，每一維各乘一個這樣的數

weight-mlp-post-norm-w-title = 神經元的正規化：權重
weight-mlp-post-norm-w-text = 正規化之後，每個神經元各乘一個這樣的數

weight-mlp-alpha-above-title = 0 以上的坡度
weight-mlp-alpha-above-text = 學來的數：輸入大於 0 時激活函數升得多快

weight-mlp-alpha-below-title = 0 以下的坡度
weight-mlp-alpha-below-text = 學來的數：輸入小於 0 時激活函數怎樣彎

weight-mlp-beta-title = 線性部分
weight-mlp-beta-text = 激活函數線性部分的係數

weight-mlp-eps-title = 0 附近的界限
weight-mlp-eps-text = 比它更接近 0 的負輸入按它來算

weight-mlp-router-choice-title = 挑選時加的數
weight-mlp-router-choice-text = 挑專家時加在分數上，不影響份額

weight-shared-w-open-title = 共享前饋層的開關矩陣
weight-shared-w-open-text = 把詞元的行變成一個數，乘在專家旁邊的前饋層上

weight-shared-b-open-title = 開關的偏置
weight-shared-b-open-text = 打開共享前饋層之前加上的一個數

explain-q-latent-title = 查詢的潛向量
explain-q-latent-text = 每個詞元的一個短向量，所有頭的查詢都由它展開

explain-kv-latent-title = 鍵和值的潛向量
explain-kv-latent-text = 每個詞元的一個短向量，所有頭的鍵和值都由它展開

explain-latent-normed-title = 正規化的潛向量
explain-latent-normed-text = 大小統一後的短向量，各個頭由它展開

explain-k-shared-title = 各頭共用的鍵
explain-k-shared-text = 隨位置旋轉，在每個頭裡都一樣

explain-k-joined-title = 完整的鍵
explain-k-joined-text = 前面是各頭自己的部分，後面是共用的、旋轉過的部分

explain-hyper-normed-title = 正規化後的全部流
explain-hyper-normed-text = 把所有流當作一列、或各自統一大小，讀寫的占比由它得到

explain-hyper-in-title = 每條流的數
explain-hyper-in-text = 所有流的一個線性映射，還沒有變成占比

explain-hyper-read-title = 讀取的占比
explain-hyper-read-text = 這一部分從每條流讀取多少，由詞元決定

explain-hyper-out-title = 從各條流讀出的內容
explain-hyper-out-text = 按讀取的占比把各條流合成一列

explain-hyper-write-title = 寫入的占比
explain-hyper-write-text = 這一部分寫出的內容，每條流得到多少

explain-hyper-mix-title = 混合的占比
explain-hyper-mix-text = 每條流有多少進入另一條；每列每行之和為 1，總量不會增長

explain-hyper-open-low-title = 由全部流得到的少數幾個數
explain-hyper-open-low-text = 把所有流映射成少數幾個數，每個元素的占比由它們得到

explain-hyper-open-low-post-title = 經過激活的少數幾個數
explain-hyper-open-low-post-text = 負的被壓到接近 0

explain-hyper-open-in-title = 每個元素的數
explain-hyper-open-in-text = 每條流的每個元素一個數，還沒有變成占比

explain-hyper-open-title = 各元素的占比
explain-hyper-open-text = 這一部分從每條流的每個元素讀取多少，由詞元決定

explain-ngrams-embed-title = 詞元串的列
explain-ngrams-embed-text = 把這個詞元和它前面的幾個詞元一起做雜湊，每個雜湊值在一張大表裡找到一個短列；兩串詞元可能落在同一列

explain-ngrams-k-title = 詞元串的鍵
explain-ngrams-k-text = 每條流都與它比較，看這些列在這裡合不合適

explain-ngrams-normed-title = 逐條正規化的流
explain-ngrams-normed-text = 每條流各自統一大小

explain-ngrams-v-title = 詞元串的值
explain-ngrams-v-text = 門打開時，這些列加進流裡的內容

explain-ngrams-scores-title = 流與鍵的相似度
explain-ngrams-scores-text = 每條流與自己的鍵有多一致

explain-ngrams-roots-title = 相似度的平方根
explain-ngrams-roots-text = 開平方並保留正負號，於是很大的一致不會按比例放大

explain-ngrams-gate-title = 各條流的門
explain-ngrams-gate-text = 每條流得到詞元串的值的多少，從 0 到 1

explain-ngrams-gated-title = 每條流裡詞元串的值
explain-ngrams-gated-text = 原樣加到流裡，也與更早的值一起做卷積

explain-ngrams-convolved-title = 更早的詞元串的值
explain-ngrams-convolved-text = 對互不重疊的詞元串做卷積，結果也加到流裡

explain-resid-ngrams-title = 加入詞元串之後的流
explain-resid-ngrams-text = 表裡為這個詞元和它前面的詞元準備的內容已經加入

explain-norm-gate-low-title = 給正規化之門的少數幾個數
explain-norm-gate-low-text = 把正規化的列映射成少數幾個數，門由它們得到

explain-norm-gate-in-title = 正規化之門的數
explain-norm-gate-in-text = 每個元素一個數，還沒有變成占比

explain-norm-gate-title = 正規化之門
explain-norm-gate-text = 正規化的列中每個元素放行多少，從 0 到 1

explain-norm-gated-title = 通過門之後的正規化列
explain-norm-gated-text = 區塊的這一部分讀取的內容

explain-latent-joined-title = 短向量，正規化的和原來的
explain-latent-joined-text = 前後相接；查詢和各頭混合結果的門都由兩者展開

explain-entry-values-title = 給條目的向量
explain-entry-values-text = 這個詞元交給所在段落之條目的內容

explain-entry-gates-title = 條目中占比的分數
explain-entry-gates-text = 這個詞元在所在段落的條目裡占多少，每一維一個數

explain-entries-title = 條目
explain-entries-text = 每滿一段詞元就有一個向量，由這些詞元的向量混合而成

explain-entries-normed-title = 正規化後的條目
explain-entries-normed-text = 像鍵一樣統一大小

explain-rot-entries-title = 按位置旋轉的條目
explain-rot-entries-text = 按段落中第一個詞元的位置旋轉；它們是整段的鍵，也是整段的值

explain-entry-scores-title = 索引器給條目的分數
explain-entry-scores-text = 前面每一段有多值得看：各小頭的加權和，負的不計

explain-entry-mask-title = 被選中的條目
explain-entry-mask-text = 分數最大的條目處為 1；注意力看這些條目和最近的詞元

explain-z-turned-title = 轉回來的混合值
explain-z-turned-text = 這裡鍵就是值，所以在查詢的位置上把旋轉復原

explain-z-grouped-title = 分組投影後的頭
explain-z-grouped-text = 每組頭用自己的矩陣映射成一個短向量

explain-index-q-title = 索引器的查詢
explain-index-q-text = 索引器有自己的幾個小頭，用這些短向量尋找值得注意的鍵

explain-index-k-title = 索引器的鍵
explain-index-k-text = 每個詞元的一個短向量，供索引器所有的頭共用

explain-index-k-normed-title = 正規化後的索引鍵
explain-index-k-normed-text = 平均值變為 0，大小也變得一致

explain-index-rot-title = 按位置旋轉
explain-index-rot-text = 索引器由此知道兩個詞元相隔多遠

explain-index-weights-title = 索引器各頭的權重
explain-index-weights-text = 對這個詞元來說，每個小頭各占多少分量

explain-index-scores-title = 索引器的分數
explain-index-scores-text = 前面每個詞元有多值得看：各小頭的加權和，負的不計

explain-index-mask-title = 被選中的鍵
explain-index-mask-text = 按分數選中的鍵處為 1，注意力只看這些鍵

explain-v-normed-title = 正規化的值
explain-v-normed-text = 大小統一，每個值占多少只由模式決定

explain-dense-out-title = 專家旁的前饋層：輸出
explain-dense-out-text = 與專家並行的前饋層得到的結果

explain-resid-mlp-title = 前饋層之後的殘差流
explain-resid-mlp-text = 注意力和前饋層都已寫入，區塊的結尾還沒算

explain-layer-row-title = 本層詞表的一列
explain-layer-row-text = 每層都在自己的小表裡查這個詞元

explain-layer-context-title = 為本層映射的嵌入
explain-layer-context-text = 詞元的嵌入變成給本層用的短列

explain-layer-embedding-title = 本層自己的嵌入
explain-layer-embedding-text = 查到的列與映射的嵌入相加：本層自己對詞元的了解

explain-layer-pre-title = 嵌入的門
explain-layer-pre-text = 啟動函數之前：殘差流讓每一維通過多少

explain-layer-post-title = 經過門的嵌入
explain-layer-post-text = 本層的嵌入中殘差流放過的部分

explain-layer-own-out-title = 映射回來的嵌入
explain-layer-own-out-text = 經過門的嵌入變回殘差流的一列，還沒正規化

explain-layer-out-title = 本層嵌入寫入的內容
explain-layer-out-text = 在注意力和前饋層之後加到殘差流上

explain-resid-layer-title = 縮放前的殘差流
explain-resid-layer-text = 區塊的各部分都已寫入，接著乘以一個學到的數

weight-layer-w-e-title = 本層自己的表
weight-layer-w-e-text = 每個詞元一個短列，只有本層讀取

weight-layer-w-context-title = 嵌入的映射
weight-layer-w-context-text = 把詞元的嵌入變成給本層用的短列

weight-layer-w-gate-title = 本層嵌入的門
weight-layer-w-gate-text = 殘差流的一列讓每一維通過多少

weight-layer-w-out-title = 回到殘差流的映射
weight-layer-w-out-text = 把經過門的嵌入變成殘差流的一列

weight-block-scale-title = 殘差流的尺度
weight-block-scale-text = 殘差流離開這一區塊時乘上的一個數

weight-attn-w-down-title = 到潛向量的映射
weight-attn-w-down-text = 把詞元的列壓成短向量，各頭再由它展開

weight-attn-b-down-title = 短向量的偏值
weight-attn-b-down-text = 給每個詞元的短向量都加上同樣的數

weight-hyper-w-read-title = 到讀取占比的映射
weight-hyper-w-read-text = 從所有流得到每條流的數

weight-hyper-w-write-title = 到寫入占比的映射
weight-hyper-w-write-text = 從所有流得到每條流的數

weight-hyper-w-mix-title = 到混合占比的映射
weight-hyper-w-mix-text = 從所有流得到每對流的一個數

weight-hyper-by-w-title = 這些數的係數
weight-hyper-by-w-text = 變成占比之前乘上的一個數

weight-hyper-by-b-title = 加上的數
weight-hyper-by-b-text = 流裡沒有資訊的詞元，占比由它們決定

weight-entry-w-title = 到條目向量的映射
weight-entry-w-text = 每個詞元交給所在段落之條目的內容

weight-entry-w-gate-title = 到占比分數的映射
weight-entry-w-gate-text = 每個詞元在所在段落的條目裡占多少

weight-entry-place-title = 段落內位置的數
weight-entry-place-text = 加到占比的分數上：段落內的位置分量不同

weight-entry-norm-title = 條目正規化的係數
weight-entry-norm-text = 每一維一個數

weight-group-out-title = 分組的頭的投影
weight-group-out-text = 每組一個矩陣，上下排列

weight-experts-of-title = 每個詞元的專家
weight-experts-of-text = 固定的表：詞彙表裡每個詞元送往哪些專家

weight-attn-index-w-q-title = 索引查詢的映射
weight-attn-index-w-q-text = 把查詢的潛向量展開成索引器的小查詢

weight-attn-index-w-k-title = 索引鍵的映射
weight-attn-index-w-k-text = 把詞元的一列變成索引器的小鍵

weight-attn-index-k-norm-w-title = 索引鍵的縮放
weight-attn-index-k-norm-w-text = 正規化後的鍵每個元素乘上的數

weight-attn-index-k-norm-b-title = 索引鍵的平移
weight-attn-index-k-norm-b-text = 正規化後的鍵每個元素加上的數

weight-attn-index-w-weights-title = 索引頭權重的映射
weight-attn-index-w-weights-text = 把詞元的一列變成每個小頭的分量

weight-attn-w-k-shared-title = 共用鍵的映射
weight-attn-w-k-shared-text = 得到鍵中隨位置旋轉、各頭相同的部分

weight-mlp-expert-scale-title = 每個專家的係數
weight-mlp-expert-scale-text = 乘在每個被選專家的份額上

explain-altup-stream-title = 另一條殘差流
explain-altup-stream-text = 嵌入的一個映射，大小與嵌入相同：區塊只計算一條流，再修正其餘

explain-altup-entered-title = 離開區塊的另一條流
explain-altup-entered-text = 修正後的流，加上本層嵌入寫入的內容

explain-altup-merged-title = 待合併的另一條流
explain-altup-merged-text = 經自己的矩陣映射，大小調到與第一條流相同

explain-altup-predicted-title = 預測的流
explain-altup-predicted-text = 原來的流加上各條流的混合，份額由詞元決定

explain-altup-corrected-title = 修正的流
explain-altup-corrected-text = 預測值加上一部分誤差：算出的流與它的預測之差

explain-altup-routed-title = tanh 之前的模態
explain-altup-routed-text = 從正規化的流讀出，每條流一個分數

explain-altup-modes-title = 模態
explain-altup-modes-text = −1 到 1 之間的數，預測和修正的份額由它們得到

explain-altup-predict-title = 預測的份額
explain-altup-predict-text = 每條流進入每個預測多少，逐列排列

explain-altup-correct-title = 修正的份額
explain-altup-correct-text = 減去 1：每條流得到多少誤差

explain-altup-scaled-title = 縮放的修正流
explain-altup-scaled-text = 算出的流，每一維乘以學到的數：它控制本層嵌入的門

explain-resid-merged-title = 合併的流
explain-resid-merged-text = 各條流的平均，最後的正規化讀取它

explain-low-rank-down-title = 低秩殘差：短向量
explain-low-rank-down-text = 注意力讀取的內容，壓到幾維

explain-low-rank-own-out-title = 低秩殘差，正規化之前
explain-low-rank-own-out-text = 短向量映射回殘差流

explain-low-rank-out-title = 低秩殘差
explain-low-rank-out-text = 與注意力一起加到殘差流上

explain-bottleneck-pre-title = 小前饋層：激勵函數之前
explain-bottleneck-pre-text = 把殘差流壓成少數幾個數

explain-bottleneck-post-title = 小前饋層：激勵函數之後
explain-bottleneck-post-text = 它的輸出就由這幾個數算出

explain-bottleneck-out-title = 小前饋層：輸出
explain-bottleneck-out-text = 在區塊的末尾加到殘差流上；多語言模型裡每種語言各有一個

explain-pre-cut-title = 界限之上的神經元
explain-pre-cut-text = 遠高於本列平均的部分減去界限，其餘為 0

weight-altup-w-stream-title = 到另一條流的映射
weight-altup-w-stream-text = 由詞元的嵌入得到另一條流

weight-altup-w-merge-title = 合併前的映射
weight-altup-w-merge-text = 另一條流取平均之前先經過它

weight-altup-w-modes-title = 到模態的映射
weight-altup-w-modes-text = 從一列讀出每條流的分數

weight-altup-w-predict-title = 到預測份額的映射
weight-altup-w-predict-text = 由模態得到份額：每條流進入每個預測多少

weight-altup-w-correct-title = 到修正份額的映射
weight-altup-w-correct-text = 由模態得到份額：每條流得到多少誤差

weight-altup-w-scale-title = 修正流的係數
weight-altup-w-scale-text = 每一維一個數，流控制本層嵌入的門之前乘上

weight-low-rank-w-title = 低秩殘差的矩陣
weight-low-rank-w-text = 兩個窄矩陣相繼相乘，代替一個秩很低的大矩陣

explain-attn-gate-softplus-title = 注意力的閘
explain-attn-gate-softplus-text = 經過 softplus 之前：負數變得接近 0，正數越大越大，作為每個混合結果的倍數

explain-attn-router-logits-title = 頭的得分
explain-attn-router-logits-text = 作為專家的每組頭有多適合這個詞元：只用得分最高的幾組

explain-attn-expert-indices-title = 選中的頭
explain-attn-expert-indices-text = 這個詞元送給了哪幾組頭，最合適的在前

explain-attn-expert-weights-title = 頭的份額
explain-attn-expert-weights-text = 每組選中的頭的輸出占多少，總和為 1

explain-attn-experts-out-title = 選中的頭的輸出
explain-attn-experts-out-text = 選中的頭在其他詞元中找到的內容，按份額相加

explain-in-turn-title = 輪流使用的鍵和值
explain-in-turn-text = 同一詞元的幾組頭共用鍵和值，所以每組重複一次

explain-v-paired-title = 成對的值
explain-v-paired-text = 前一半頭的值與後一半頭的值並在一起：兩半的頭都混合這兩者

explain-gain-in-title = 值對自己的鍵的評價
explain-gain-in-text = 每個頭一個數，從詞元的值讀出，還沒有變成加分

explain-gain-title = 鍵的加分
explain-gain-text = 加在這個鍵的每個分數上；文本長時，查詢只看加分最高的那些鍵

explain-unsunk-title = sink 以外的份額
explain-unsunk-text = 頭的 sink 留給詞元的那部分注意力，混合結果要乘上它

explain-z-unsunk-title = 扣除 sink 後的混合
explain-z-unsunk-text = 每個頭找到的內容；注意力落在 sink 上越多，它就越小

explain-z-difference-title = 兩個頭之差
explain-z-difference-text = 前一半的一個頭找到的內容，減去 λ 乘以它的搭檔找到的：兩者都有的雜訊相互抵消

explain-z-scaled-title = 縮放後的差
explain-z-scaled-text = 兩個頭之差化為同樣大小，再乘上這一層的一個數

explain-resid-kept-title = 加權後的殘差流
explain-resid-kept-text = 殘差流的每一維乘上一個學到的數，然後才加上這一層的輸出

weight-experts-bias-title = 所有專家的偏置
weight-experts-bias-text = 在專家寫出的內容之和上加一次的數

weight-attn-w-router-title = 頭的路由矩陣
weight-attn-w-router-text = 為詞元的列給每組頭打分：選分數最高的

weight-attn-w-gain-title = 算出加分的矩陣
weight-attn-w-gain-text = 從詞元的值讀出它的鍵有多值得看

weight-attn-b-gain-title = 加分的偏置
weight-attn-b-gain-text = 不管值是什麼，每個鍵有多值得看

weight-attn-gain-scale-title = 加分的尺度
weight-attn-gain-scale-text = 每個頭一個數：值對看哪裡有多大影響

weight-attn-lambda-title = λ 的向量
weight-attn-lambda-text = 四個向量，它們的積決定 λ：從一個頭減去搭檔的多少

weight-kept-by-title = 殘差流的權重
weight-kept-by-text = 每一維一個數：加上這一層的輸出時，殘差流保留多少
