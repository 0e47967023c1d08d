# 每个观察点的说明：几个字的标题，和一行不超过 118 列的文字（一个汉字占两列）。

explain-embed-title = 词元矩阵
explain-embed-text = 每个词元变成一行 { $d_model } 个数，按编号从 { $d_vocab } 行的表里查出

explain-token-type-embed-title = 段
explain-token-type-embed-text = 词元属于文字的哪一段：前面有几个 [SEP]，最多到表的行数

explain-pos-embed-title = 位置
explain-pos-embed-text = 每个位置一行，加到嵌入上：同一个词元在不同位置就不一样了

explain-embed-ln-out-title = 归一化：输出
explain-embed-ln-out-text = 词元、段和位置合在一起：最初的残差流

explain-resid-pre-post-norm-title = 残差流
explain-resid-pre-post-norm-text = 每个词元一行；这个块读取它，把结果加上去，再对总和做归一化

explain-resid-pre-title = 残差流
explain-resid-pre-text = 每个词元一行；这个块读取它，把结果加上去，从不覆盖它

explain-q-title = 查询
explain-q-text = 每个词元在找什么，每个头一个向量

explain-k-title = 键
explain-k-text = 每个词元能提供什么；方向一致的查询会找到它{ $shared }

explain-v-title = 值
explain-v-text = 每个词元交给关注它的词元的内容{ $shared }

explain-q-normed-title = 归一化的查询和键
explain-q-normed-text = 长度统一，分数就表示方向有多一致

explain-rot-q-title = 按位置旋转
explain-rot-q-text = 维度两两一对随位置旋转，于是 q·k 取决于两个词元相隔多远

explain-attn-scores-encoder-title = 注意力分数
explain-attn-scores-encoder-text = 第 i 行：词元 i 的查询与每个键有多匹配，前面的和后面的都算

explain-attn-scores-window-title = 注意力分数
explain-attn-scores-window-text = 第 i 行：词元 i 的查询与每个键有多匹配；后面的词元和最近 { $window } 个以外的词元被遮住（·）

explain-attn-scores-title = 注意力分数
explain-attn-scores-text = 第 i 行：词元 i 的查询与每个键有多匹配；后面的词元被遮住（·）

explain-pattern-doubtful-title = 注意力图
explain-pattern-doubtful-text = 第 i 行表示词元 i 看哪里；每行加起来等于 1，如果头可以停在 sink 上则小于 1

explain-pattern-sinks-title = 注意力图
explain-pattern-sinks-text = 第 i 行表示词元 i 看哪里；加起来小于 1：其余落在这个头学到的 sink 上，它什么也不读

explain-pattern-title = 注意力图
explain-pattern-text = 第 i 行表示词元 i 看哪里；每行加起来等于 1

explain-z-title = 混合值
explain-z-text = 把所看词元的值按注意力的份额混合起来{ $shared }

explain-attn-own-out-title = 注意力输出，归一化之前
explain-attn-own-out-text = 所有头的结果；加到残差流之前先做归一化

explain-shifted-title = 与前一个词元混合
explain-shifted-text = 每个元素一部分取自本词元的行，其余取自前一个词元的行

explain-mixer-decay-gate-title = 取 σ 前的遗忘门
explain-mixer-decay-gate-text = 每个头一个数；它的 σ 决定状态保留多少

explain-mixer-forget-title = 按峰值折算前的遗忘
explain-mixer-forget-text = 状态保留比例的对数，还没有按峰值折算

explain-mixer-write-gate-title = 写入门
explain-mixer-write-gate-text = 每个头一个数；取 σ 或取指数后决定值写入多少

explain-mixer-peak-title = 峰值
explain-mixer-peak-text = 到目前为止最大的指数，减去此后遗忘的部分：状态都以它的 exp 为单位存放，不会溢出

explain-mixer-share-title = 值的写入比例
explain-mixer-share-text = 每个词元把自己的值写进所在头的状态多少

explain-mixer-weights-title = 记忆的权重
explain-mixer-weights-text = 写入各值时所用比例之和，与状态一同衰减：读出的内容要除以它

explain-mixer-own-title = 自身值的比例
explain-mixer-own-text = 词元读到的内容里自己的值占多少；其余是之前各值的平均

explain-mixer-weight-read-title = 从权重读出的数
explain-mixer-weight-read-text = 每个词元的查询乘以所在头的权重：读出内容的除数

explain-mlp-out-gate-title = MLP：输出门
explain-mlp-out-gate-text = 取 σ 后打开或关闭 MLP 写出的每个元素

explain-shared-joined-title = 残差流与嵌入相接
explain-shared-joined-text = 残差流后面接上词元的嵌入：共享块读的就是它

explain-shared-own-title = 共享映射
explain-shared-own-text = 几个块共用的权重算出的结果，还没有加上本块的适配器

explain-adapter-low-title = 适配器内部
explain-adapter-low-text = 本块的适配器所经过的少数几个数

explain-adapter-title = 适配器
explain-adapter-text = 本块在共享映射之上自己加的部分

explain-shared-attn-out-title = 共享块的注意力输出
explain-shared-attn-out-text = 各头找到的内容，供共享块的 MLP 读取

explain-shared-out-title = 共享块的输出
explain-shared-out-text = 共享块的结果，经本块的映射：混合器把它与残差流一起读

explain-mixer-sum-title = 混合器读的内容
explain-mixer-sum-text = 残差流加上共享块的输出；只有混合器自己的输出会加到残差流上

explain-mixer-q-in-title = 卷积前的查询
explain-mixer-q-in-text = 残差流的线性映射，还没有与前几个词元做卷积（状态空间模型里叫 C）

explain-mixer-k-in-title = 卷积前的键
explain-mixer-k-in-text = 残差流的线性映射，还没有与前几个词元做卷积（状态空间模型里叫 B）

explain-mixer-v-in-title = 卷积前的值
explain-mixer-v-in-text = 残差流的线性映射，还没有与前几个词元做卷积（状态空间模型里叫 x）

explain-mixer-q-title = 查询
explain-mixer-q-text = 每个词元向状态问什么：z 是查询乘以状态（状态空间模型里叫 C）

explain-mixer-k-title = 键
explain-mixer-k-text = 每个词元写到状态的哪里：状态的每一行有一个系数（状态空间模型里叫 B）

explain-mixer-v-title = 值
explain-mixer-v-text = 每个词元要写进状态的内容（状态空间模型里叫 x）

explain-mixer-q-normed-title = 化为同一长度
explain-mixer-q-normed-text = 向量的长度固定，只有方向起作用

explain-mixer-step-low-title = 步长的来源
explain-mixer-step-low-text = 少数几个数，所有头的步长都由它们算出

explain-mixer-step-in-title = 加偏置前的步长
explain-mixer-step-in-text = 每个头一个数；加上偏置再取 softplus 就是步长

explain-mixer-step-title = 步长
explain-mixer-step-text = 每个头的状态在这个词元上走多远：步长越大，忘得越多

explain-mixer-decay-title = 遗忘的对数
explain-mixer-decay-text = 取 exp 就是状态保留的比例：0 表示全部保留，很大的负数表示忘掉

explain-mixer-beta-in-title = 取 σ 前的写入比例
explain-mixer-beta-in-text = 每个头一个数；它的 σ 就是写入执行多少

explain-mixer-beta-title = 写入比例
explain-mixer-beta-text = 每个头把值与记忆之差写进去多少：0 不写，1 全写

explain-mixer-write-title = 写入的内容
explain-mixer-write-text = 每个词元写进所在头的状态的向量，写到键所指的那些行

explain-mixer-state-title = 状态
explain-mixer-state-text = 每个头在这个词元之后的记忆：一个会衰减、会写入的矩阵，代替键值缓存

explain-mixer-pattern-title = 与递归等价的模式
explain-mixer-pattern-text = 第 i 行是词元 i 从每个词元的值里读多少；各行之和不必为 1，后面也不用它计算

explain-mixer-read-title = 读出的内容
explain-mixer-read-text = 每个词元的查询乘以所在头的状态

explain-mixer-z-title = 每个头找到的内容
explain-mixer-z-text = 词元的查询从状态里读出的内容；有的模型还加上自己的值的若干倍

explain-mixer-gate-low-title = 门的来源
explain-mixer-gate-low-text = 少数几个数，所有头的门都由它们算出

explain-mixer-gate-title = 门
explain-mixer-gate-text = 打开或关上读出内容的每个元素

explain-mixer-z-normed-title = 读出内容的归一化
explain-mixer-z-normed-text = 每个头找到的内容化为同一长度

explain-mixer-z-gated-title = 过门后的内容
explain-mixer-z-gated-text = 每个头找到的内容乘以门

explain-mixer-gate-in-title = 卷积前的门
explain-mixer-gate-in-text = 在与前几个词元混合之前乘以值

explain-mixer-gate-out-title = 卷积后的门
explain-mixer-gate-out-text = 乘以卷积从前几个词元得到的结果

explain-mixer-value-title = 卷积的值
explain-mixer-value-text = 残差流的线性映射，由卷积在词元之间混合

explain-mixer-pre-title = 卷积读取的内容
explain-mixer-pre-text = 值乘以门；下一轮拿到最后几个词元的行

explain-mixer-convolved-title = 卷积
explain-mixer-convolved-text = 每个通道对最后几个词元求和，每个位置一个权重

explain-mixer-post-title = 卷积写出的内容
explain-mixer-post-text = 卷积的和乘以后面的门

explain-mixer-own-out-title = 归一化前的混合器输出
explain-mixer-own-out-text = 混合器找到的内容，回到残差流的宽度

explain-mixer-out-title = 混合器输出
explain-mixer-out-text = 混合器从前面词元里找到的内容，加到残差流上

explain-attn-out-output-norm-title = 注意力输出
explain-attn-out-output-norm-text = 所有头的结果，归一化之后加到残差流里

explain-attn-out-title = 注意力输出
explain-attn-out-text = 所有头的结果，变回残差流的宽度

explain-resid-mid-title = 残差流
explain-resid-mid-text = 注意力的结果已经加上；前馈层从这里读取

explain-pre-title = 前馈层：激活之前
explain-pre-text = 每个词元有 { $d_mlp } 个探测器，各向这一行提一个问题

explain-pre-linear-title = 前馈层：线性部分
explain-pre-linear-text = 门将要放行的内容

explain-post-title = 前馈层：神经元
explain-post-text = 哪些探测器激活了，有多强

explain-router-logits-title = 专家：分数
explain-router-logits-text = 每个专家有多适合每个词元：选分数最高的

explain-expert-indices-title = 专家：选了谁
explain-expert-indices-text = 每个词元送往哪些专家；由分数选出时，份额最大的在前

explain-expert-weights-title = 专家：份额
explain-expert-weights-text = 每个词元送往几个专家；这是每个专家占多少

explain-mlp-own-out-title = 前馈层输出，归一化之前
explain-mlp-own-out-text = 激活的探测器写出的内容；加到残差流之前先做归一化

explain-mlp-out-output-norm-title = 前馈层输出
explain-mlp-out-output-norm-text = 激活的探测器写出的内容，归一化之后加到残差流里

explain-mlp-out-experts-title = 专家的输出
explain-mlp-out-experts-text = 选中的专家写回的内容，按各自的份额{ $expert }

explain-mlp-out-title = 前馈层输出
explain-mlp-out-text = 激活的探测器写回的内容

explain-resid-post-post-norm-title = 残差流
explain-resid-post-post-norm-text = 前馈层的结果已经加上；总和归一化之后就是这个块的结果

explain-resid-post-encoder-title = 残差流
explain-resid-post-encoder-text = 这个块的结果，也是下一个块的输入

explain-resid-post-title = 残差流
explain-resid-post-text = 这个块的结果，也是下一个块的输入；旁边的窗格把它读成下一个词元

explain-pooler-dense-out-title = 池化：tanh 之前
explain-pooler-dense-out-text = 只取第一个词元的行，代表整段文字

explain-pooler-out-title = 池化向量
explain-pooler-out-text = 由第一个词元得出、代表整段文字的一个向量，供分类器读取

explain-pooling-out-title = 池化向量
explain-pooling-out-text = 按 modules.json 的方式，由各词元的行合成、代表整段文字的一个向量

explain-pooling-scale-title = 长度
explain-pooling-scale-text = 池化向量有多长

explain-pooling-normalized-title = 句子嵌入
explain-pooling-normalized-text = 长度为 1 的文字向量：两段文字的点积就是它们有多相似

explain-mlm-head-out-title = 输出头：激活之前
explain-mlm-head-out-text = 每个词元的行，准备好和词表里所有词元比较

explain-mlm-head-post-title = 输出头：激活之后
explain-mlm-head-post-text = 接下来归一化，然后是 logits

explain-logits-encoder-title = logit 分数
explain-logits-encoder-text = 词表里每个词元一个分数；对一行做 softmax，就知道那个位置上是什么

explain-logits-title = logit 分数
explain-logits-text = 词表里每个词元一个分数；对最后一行做 softmax，就是下一个词元的分布

explain-scale-title = 归一化：尺度
explain-scale-text = 每个词元的行有多大；除以它，各行就有了同样的尺度{ $either }

explain-normalized-title = 归一化：结果
explain-normalized-text = 每一行的平均大小都是 1，还没有乘学到的权重{ $either }

explain-norm-out-title = 归一化：输出
explain-norm-out-text = 下一部分读取的内容：归一化的行乘以学到的权重

# 有些模型在句尾要补充的话。
explain-shared = ；第 h 个查询头读第 ⌊h/{ $group }⌋ 个头
explain-either = ；RMSNorm 不减平均值
# 一个专家的计算，单独一行。
explain-expert = 每个都是 { $activation }({ $gate }) ⊙ { $linear }，前后各有自己的线性变换

# 权重的说明：几个字的标题和一行文字。
weight-w-e-title = 嵌入矩阵
weight-w-e-text = 词表的每个词元一行：编号所代表的那些数，在训练中学到
weight-w-pos-title = 位置表
weight-w-pos-text = 文字里每个位置一行，在训练中学到，加到词元的行上
weight-w-token-type-title = 段表
weight-w-token-type-text = 文字的每一段一行，加到词元的行上
weight-project-in-w-title = 进入残差流
weight-project-in-w-text = 词元的行比残差流长或短：这个矩阵把它变成残差流的宽度
weight-project-out-w-title = 离开残差流
weight-project-out-w-text = 把残差流的行变回词元行的长度，这样两者才能比较
weight-attn-w-q-title = 查询矩阵
weight-attn-w-q-text = 每个头一个矩阵：把词元的行变成它向其他词元提的问题
weight-attn-w-k-title = 键矩阵
weight-attn-w-k-text = 每个头一个矩阵：把词元的行变成供问题比对的键
weight-attn-w-v-title = 值矩阵
weight-attn-w-v-text = 每个头一个矩阵：把词元的行变成交给关注者的内容
weight-attn-w-o-title = 输出矩阵
weight-attn-w-o-text = 每个头一个矩阵：把头找到的东西变回残差流的宽度
weight-attn-b-q-title = 查询偏置
weight-attn-b-q-text = 加在每个查询上的数，与词元无关
weight-attn-b-k-title = 键偏置
weight-attn-b-k-text = 加在每个键上的数，与词元无关
weight-attn-b-v-title = 值偏置
weight-attn-b-v-text = 加在每个值上的数，与词元无关
weight-attn-b-o-title = 输出偏置
weight-attn-b-o-text = 加在注意力输出上的数，与词元无关
weight-attn-q-norm-w-title = 查询归一化：权重
weight-attn-q-norm-w-text = 归一化的查询每一维乘以其中一个数
weight-attn-k-norm-w-title = 键归一化：权重
weight-attn-k-norm-w-text = 归一化的键每一维乘以其中一个数
weight-attn-sinks-title = sink 分数
weight-attn-sinks-text = 每个头一个分数，参加 softmax，但不属于任何词元
weight-mlp-w-router-title = 路由矩阵
weight-mlp-w-router-text = 给每个专家打分，看它有多适合词元的行：选分数最高的
weight-w-gate-title = 门矩阵
weight-w-gate-text = 每个神经元一列：词元的行里什么样的图案打开这个神经元
weight-w-in-title = 输入矩阵
weight-w-in-text = 每个神经元一列：词元的行里什么样的图案引起这个神经元的反应
weight-w-out-title = 输出矩阵
weight-w-out-text = 每个神经元一行：它激活时写进残差流的内容
weight-b-gate-title = 门偏置
weight-b-gate-text = 每个神经元有多容易打开，与词元无关
weight-b-in-title = 输入偏置
weight-b-in-text = 每个神经元有多容易激活，与词元无关
weight-b-out-title = 输出偏置
weight-b-out-text = 加在前馈层输出上的数，与词元无关
weight-mlp-b-router-title = 路由偏置
weight-mlp-b-router-text = 每个专家有多容易被选中，与词元无关
weight-pooler-w-title = 池化矩阵
weight-pooler-w-text = 把第一个词元的行变成代表整段文字的一个向量
weight-mlm-head-w-title = 输出头矩阵
weight-mlm-head-w-text = 给被遮住的词元打分之前，把每一行再变换一次
weight-w-u-title = 输出矩阵
weight-w-u-text = 词表的每个词元一列：残差流的行朝着它的方向，它的 logit 就高
weight-b-u-title = 输出偏置
weight-b-u-text = 加在每个词元的 logit 上的数，与文字无关
weight-norm-w-title = 归一化：权重
weight-norm-w-text = 归一化的行每一维乘以其中一个数
weight-other-b-title = 偏置
weight-other-b-text = 加在每一行上的数，与词元无关

# 块为后面的词元留着的键和值：写在它们的说明前面。
explain-kept = 留着的（缓存）：后面的词元只计算自己的一行，从这里读取其他词元的

explain-attn-gate-title = 注意力的门
explain-attn-gate-text = 经过 sigmoid 之前：每个头的混合结果放过多少

explain-attn-z-gated-title = 过门之后的混合
explain-attn-z-gated-text = 每个头的混合结果，只留下门放过的部分

explain-attn-z-normed-title = 归一化后的混合
explain-attn-z-normed-text = 所有头的混合结果调到同样大小，再写回残差流

explain-mlp-post-normed-title = 前馈层：归一化后的神经元
explain-mlp-post-normed-text = 神经元的输出调到同样大小，再写进残差流

explain-mlp-experts-out-title = 专家：输出
explain-mlp-experts-out-text = 选中的专家各自的结果，按份额相加

explain-mlp-shared-pre-title = 共享专家：激活之前
explain-mlp-shared-pre-text = 每个词元都要经过的神经元，不管它被送到哪些专家

explain-mlp-shared-pre-linear-title = 共享专家：线性的一半
explain-mlp-shared-pre-linear-text = 门会放过的内容

explain-mlp-shared-post-title = 共享专家：神经元
explain-mlp-shared-post-text = 哪些神经元被激活，有多强

explain-mlp-shared-out-title = 共享专家：输出
explain-mlp-shared-out-text = 每个词元都经过的前馈层得到的结果

explain-mlp-shared-gate-title = 共享专家：多少
explain-mlp-shared-gate-text = 每个词元一个数；它的 sigmoid 乘在共享专家的输出上

explain-mlp-shared-weighed-title = 共享专家：加权之后
explain-mlp-shared-weighed-text = 共享专家的输出，只留下门放过的部分

weight-attn-w-gate-title = 注意力的门矩阵
weight-attn-w-gate-text = 把词元的行变成一些数，决定每个头的结果放过多少

weight-attn-z-norm-w-title = 混合结果的归一化：权重
weight-attn-z-norm-w-text = 归一化之后，每一维各乘一个这样的数

weight-mlp-post-norm-w-title = 神经元的归一化：权重
weight-mlp-post-norm-w-text = 归一化之后，每个神经元各乘一个这样的数

weight-mlp-alpha-above-title = 0 以上的坡度
weight-mlp-alpha-above-text = 学来的数：输入大于 0 时激活函数升得多快

weight-mlp-alpha-below-title = 0 以下的坡度
weight-mlp-alpha-below-text = 学来的数：输入小于 0 时激活函数怎样弯

weight-mlp-beta-title = 线性部分
weight-mlp-beta-text = 激活函数线性部分的系数

weight-mlp-eps-title = 0 附近的界限
weight-mlp-eps-text = 比它更接近 0 的负输入按它来算

weight-mlp-router-choice-title = 挑选时加的数
weight-mlp-router-choice-text = 挑专家时加在分数上，不影响份额

weight-shared-w-open-title = 共享前馈层的开关矩阵
weight-shared-w-open-text = 把词元的行变成一个数，乘在专家旁边的前馈层上

weight-shared-b-open-title = 开关的偏置
weight-shared-b-open-text = 打开共享前馈层之前加上的一个数

explain-q-latent-title = 查询的潜向量
explain-q-latent-text = 每个词元的一个短向量，所有头的查询都由它展开

explain-kv-latent-title = 键和值的潜向量
explain-kv-latent-text = 每个词元的一个短向量，所有头的键和值都由它展开

explain-latent-normed-title = 归一化的潜向量
explain-latent-normed-text = 大小统一后的短向量，各个头由它展开

explain-k-shared-title = 各头共用的键
explain-k-shared-text = 随位置旋转，在每个头里都一样

explain-k-joined-title = 完整的键
explain-k-joined-text = 前面是各头自己的部分，后面是共用的、旋转过的部分

explain-hyper-normed-title = 归一化后的全部流
explain-hyper-normed-text = 把所有流当作一行、或各自统一大小，读写的份额由它得到

explain-hyper-in-title = 每条流的数
explain-hyper-in-text = 所有流的一个线性映射，还没有变成份额

explain-hyper-read-title = 读取的份额
explain-hyper-read-text = 这一部分从每条流读取多少，由词元决定

explain-hyper-out-title = 从各条流读出的内容
explain-hyper-out-text = 按读取的份额把各条流合成一行

explain-hyper-write-title = 写入的份额
explain-hyper-write-text = 这一部分写出的内容，每条流得到多少

explain-hyper-mix-title = 混合的份额
explain-hyper-mix-text = 每条流有多少进入另一条；每行每列之和为 1，总量不会增长

explain-hyper-open-low-title = 由全部流得到的少数几个数
explain-hyper-open-low-text = 把所有流映射成少数几个数，每个元素的份额由它们得到

explain-hyper-open-low-post-title = 激活后的少数几个数
explain-hyper-open-low-post-text = 负的被压到接近 0

explain-hyper-open-in-title = 每个元素的数
explain-hyper-open-in-text = 每条流的每个元素一个数，还没有变成份额

explain-hyper-open-title = 各元素的份额
explain-hyper-open-text = 这一部分从每条流的每个元素读取多少，由词元决定

explain-ngrams-embed-title = 词元串的行
explain-ngrams-embed-text = 把这个词元和它前面的几个词元一起做哈希，每个哈希值在一张大表里找到一个短行；两串词元可能落在同一行

explain-ngrams-k-title = 词元串的键
explain-ngrams-k-text = 每条流都与它比较，看这些行在这里合不合适

explain-ngrams-normed-title = 逐条归一化的流
explain-ngrams-normed-text = 每条流各自统一大小

explain-ngrams-v-title = 词元串的值
explain-ngrams-v-text = 门打开时，这些行加进流里的内容

explain-ngrams-scores-title = 流与键的相似度
explain-ngrams-scores-text = 每条流与自己的键有多一致

explain-ngrams-roots-title = 相似度的平方根
explain-ngrams-roots-text = 开平方并保留正负号，于是很大的一致不会按比例放大

explain-ngrams-gate-title = 各条流的门
explain-ngrams-gate-text = 每条流得到词元串的值的多少，从 0 到 1

explain-ngrams-gated-title = 每条流里词元串的值
explain-ngrams-gated-text = 原样加到流里，也与更早的值一起做卷积

explain-ngrams-convolved-title = 更早的词元串的值
explain-ngrams-convolved-text = 对互不重叠的词元串做卷积，结果也加到流里

explain-resid-ngrams-title = 加入词元串之后的流
explain-resid-ngrams-text = 表里为这个词元和它前面的词元准备的内容已经加入

explain-norm-gate-low-title = 给归一化的门的少数几个数
explain-norm-gate-low-text = 把归一化的行映射成少数几个数，门由它们得到

explain-norm-gate-in-title = 归一化的门的数
explain-norm-gate-in-text = 每个元素一个数，还没有变成份额

explain-norm-gate-title = 归一化的门
explain-norm-gate-text = 归一化的行中每个元素放行多少，从 0 到 1

explain-norm-gated-title = 通过门之后的归一化行
explain-norm-gated-text = 块的这一部分读取的内容

explain-latent-joined-title = 短向量，归一化的和原来的
explain-latent-joined-text = 前后相接；查询和各头混合结果的门都由两者展开

explain-entry-values-title = 给条目的向量
explain-entry-values-text = 这个词元交给所在段的条目的内容

explain-entry-gates-title = 条目中份额的分数
explain-entry-gates-text = 这个词元在所在段的条目里占多少，每一维一个数

explain-entries-title = 条目
explain-entries-text = 每满一段词元就有一个向量，由这些词元的向量混合而成

explain-entries-normed-title = 归一化后的条目
explain-entries-normed-text = 像键一样统一大小

explain-rot-entries-title = 按位置旋转的条目
explain-rot-entries-text = 按段中第一个词元的位置旋转；它们是整段的键，也是整段的值

explain-entry-scores-title = 索引器给条目的分数
explain-entry-scores-text = 前面每一段有多值得看：各小头的加权和，负的不计

explain-entry-mask-title = 被选中的条目
explain-entry-mask-text = 分数最大的条目处为 1；注意力看这些条目和最近的词元

explain-z-turned-title = 转回来的混合值
explain-z-turned-text = 这里键就是值，所以在查询的位置上把旋转撤销

explain-z-grouped-title = 分组投影后的头
explain-z-grouped-text = 每组头用自己的矩阵映射成一个短向量

explain-index-q-title = 索引器的查询
explain-index-q-text = 索引器有自己的几个小头，用这些短向量寻找值得注意的键

explain-index-k-title = 索引器的键
explain-index-k-text = 每个词元的一个短向量，供索引器所有的头共用

explain-index-k-normed-title = 归一化后的索引键
explain-index-k-normed-text = 均值变为 0，大小也变得一致

explain-index-rot-title = 按位置旋转
explain-index-rot-text = 索引器由此知道两个词元相隔多远

explain-index-weights-title = 索引器各头的权重
explain-index-weights-text = 对这个词元来说，每个小头各占多少分量

explain-index-scores-title = 索引器的分数
explain-index-scores-text = 前面每个词元有多值得看：各小头的加权和，负的不计

explain-index-mask-title = 被选中的键
explain-index-mask-text = 按分数选中的键处为 1，注意力只看这些键

explain-v-normed-title = 归一化的值
explain-v-normed-text = 大小统一，每个值占多少只由模式决定

explain-dense-out-title = 专家旁的前馈层：输出
explain-dense-out-text = 与专家并行的前馈层得到的结果

explain-resid-mlp-title = 前馈层之后的残差流
explain-resid-mlp-text = 注意力和前馈层都已写入，块的结尾还没算

explain-layer-row-title = 本层词表的一行
explain-layer-row-text = 每层都在自己的小表里查这个词元

explain-layer-context-title = 为本层映射的嵌入
explain-layer-context-text = 词元的嵌入变成给本层用的短行

explain-layer-embedding-title = 本层自己的嵌入
explain-layer-embedding-text = 查到的行与映射的嵌入相加：本层自己对词元的了解

explain-layer-pre-title = 嵌入的门
explain-layer-pre-text = 激活之前：残差流让每一维通过多少

explain-layer-post-title = 经过门的嵌入
explain-layer-post-text = 本层的嵌入中残差流放过的部分

explain-layer-own-out-title = 映射回来的嵌入
explain-layer-own-out-text = 经过门的嵌入变回残差流的一行，还没归一化

explain-layer-out-title = 本层嵌入写入的内容
explain-layer-out-text = 在注意力和前馈层之后加到残差流上

explain-resid-layer-title = 缩放前的残差流
explain-resid-layer-text = 块的各部分都已写入，接着乘以一个学到的数

weight-layer-w-e-title = 本层自己的表
weight-layer-w-e-text = 每个词元一个短行，只有本层读取

weight-layer-w-context-title = 嵌入的映射
weight-layer-w-context-text = 把词元的嵌入变成给本层用的短行

weight-layer-w-gate-title = 本层嵌入的门
weight-layer-w-gate-text = 残差流的一行让每一维通过多少

weight-layer-w-out-title = 回到残差流的映射
weight-layer-w-out-text = 把经过门的嵌入变成残差流的一行

weight-block-scale-title = 残差流的尺度
weight-block-scale-text = 残差流离开这一块时乘上的一个数

weight-attn-w-down-title = 到潜向量的映射
weight-attn-w-down-text = 把词元的行压成短向量，各头再由它展开

weight-attn-b-down-title = 短向量的偏置
weight-attn-b-down-text = 给每个词元的短向量都加上同样的数

weight-hyper-w-read-title = 到读取份额的映射
weight-hyper-w-read-text = 从所有流得到每条流的数

weight-hyper-w-write-title = 到写入份额的映射
weight-hyper-w-write-text = 从所有流得到每条流的数

weight-hyper-w-mix-title = 到混合份额的映射
weight-hyper-w-mix-text = 从所有流得到每对流的一个数

weight-hyper-by-w-title = 这些数的系数
weight-hyper-by-w-text = 变成份额之前乘上的一个数

weight-hyper-by-b-title = 加上的数
weight-hyper-by-b-text = 流里没有信息的词元，份额由它们决定

weight-entry-w-title = 到条目向量的映射
weight-entry-w-text = 每个词元交给所在段条目的内容

weight-entry-w-gate-title = 到份额分数的映射
weight-entry-w-gate-text = 每个词元在所在段的条目里占多少

weight-entry-place-title = 段内位置的数
weight-entry-place-text = 加到份额的分数上：段内的位置分量不同

weight-entry-norm-title = 条目归一化的系数
weight-entry-norm-text = 每一维一个数

weight-group-out-title = 分组的头的投影
weight-group-out-text = 每组一个矩阵，上下排列

weight-experts-of-title = 每个词元的专家
weight-experts-of-text = 固定的表：词表里每个词元送往哪些专家

weight-attn-index-w-q-title = 索引查询的映射
weight-attn-index-w-q-text = 把查询的潜向量展开成索引器的小查询

weight-attn-index-w-k-title = 索引键的映射
weight-attn-index-w-k-text = 把词元的一行变成索引器的小键

weight-attn-index-k-norm-w-title = 索引键的缩放
weight-attn-index-k-norm-w-text = 归一化后的键每个元素乘上的数

weight-attn-index-k-norm-b-title = 索引键的平移
weight-attn-index-k-norm-b-text = 归一化后的键每个元素加上的数

weight-attn-index-w-weights-title = 索引头权重的映射
weight-attn-index-w-weights-text = 把词元的一行变成每个小头的分量

weight-attn-w-k-shared-title = 共用键的映射
weight-attn-w-k-shared-text = 得到键中随位置旋转、各头相同的部分

weight-mlp-expert-scale-title = 每个专家的系数
weight-mlp-expert-scale-text = 乘在每个被选专家的份额上

explain-altup-stream-title = 另一条残差流
explain-altup-stream-text = 嵌入的一个映射，大小与嵌入相同：块只计算一条流，再修正其余

explain-altup-entered-title = 离开块的另一条流
explain-altup-entered-text = 修正后的流，加上本层嵌入写入的内容

explain-altup-merged-title = 待合并的另一条流
explain-altup-merged-text = 经自己的矩阵映射，大小调到与第一条流相同

explain-altup-predicted-title = 预测的流
explain-altup-predicted-text = 原来的流加上各条流的混合，份额由词元决定

explain-altup-corrected-title = 修正的流
explain-altup-corrected-text = 预测值加上一部分误差：算出的流与它的预测之差

explain-altup-routed-title = tanh 之前的模态
explain-altup-routed-text = 从归一化的流读出，每条流一个分数

explain-altup-modes-title = 模态
explain-altup-modes-text = −1 到 1 之间的数，预测和修正的份额由它们得到

explain-altup-predict-title = 预测的份额
explain-altup-predict-text = 每条流进入每个预测多少，逐行排列

explain-altup-correct-title = 修正的份额
explain-altup-correct-text = 减去 1：每条流得到多少误差

explain-altup-scaled-title = 缩放的修正流
explain-altup-scaled-text = 算出的流，每一维乘以学到的数：它控制本层嵌入的门

explain-resid-merged-title = 合并的流
explain-resid-merged-text = 各条流的平均，最后的归一化读取它

explain-low-rank-down-title = 低秩残差：短向量
explain-low-rank-down-text = 注意力读取的内容，压到几维

explain-low-rank-own-out-title = 低秩残差，归一化之前
explain-low-rank-own-out-text = 短向量映射回残差流

explain-low-rank-out-title = 低秩残差
explain-low-rank-out-text = 与注意力一起加到残差流上

explain-bottleneck-pre-title = 小前馈层：激活之前
explain-bottleneck-pre-text = 把残差流压成少数几个数

explain-bottleneck-post-title = 小前馈层：激活之后
explain-bottleneck-post-text = 它的输出就由这几个数算出

explain-bottleneck-out-title = 小前馈层：输出
explain-bottleneck-out-text = 在块的末尾加到残差流上；多语言模型里每种语言各有一个

explain-pre-cut-title = 界限之上的神经元
explain-pre-cut-text = 远高于本行平均的部分减去界限，其余为 0

weight-altup-w-stream-title = 到另一条流的映射
weight-altup-w-stream-text = 由词元的嵌入得到另一条流

weight-altup-w-merge-title = 合并前的映射
weight-altup-w-merge-text = 另一条流取平均之前先经过它

weight-altup-w-modes-title = 到模态的映射
weight-altup-w-modes-text = 从一行读出每条流的分数

weight-altup-w-predict-title = 到预测份额的映射
weight-altup-w-predict-text = 由模态得到份额：每条流进入每个预测多少

weight-altup-w-correct-title = 到修正份额的映射
weight-altup-w-correct-text = 由模态得到份额：每条流得到多少误差

weight-altup-w-scale-title = 修正流的系数
weight-altup-w-scale-text = 每一维一个数，流控制本层嵌入的门之前乘上

weight-low-rank-w-title = 低秩残差的矩阵
weight-low-rank-w-text = 两个窄矩阵相继相乘，代替一个秩很低的大矩阵

explain-attn-gate-softplus-title = 注意力的门
explain-attn-gate-softplus-text = 经过 softplus 之前：负数变得接近 0，正数越大越大，作为每个混合结果的倍数

explain-attn-router-logits-title = 头的得分
explain-attn-router-logits-text = 作为专家的每组头有多适合这个词元：只用得分最高的几组

explain-attn-expert-indices-title = 选中的头
explain-attn-expert-indices-text = 这个词元送给了哪几组头，最合适的在前

explain-attn-expert-weights-title = 头的份额
explain-attn-expert-weights-text = 每组选中的头的输出占多少，总和为 1

explain-attn-experts-out-title = 选中的头的输出
explain-attn-experts-out-text = 选中的头在其他词元中找到的内容，按份额相加

explain-in-turn-title = 轮流使用的键和值
explain-in-turn-text = 同一词元的几组头共用键和值，所以每组重复一次

explain-v-paired-title = 成对的值
explain-v-paired-text = 前一半头的值与后一半头的值并在一起：两半的头都混合这两者

explain-gain-in-title = 值对自己的键的评价
explain-gain-in-text = 每个头一个数，从词元的值读出，还没有变成加分

explain-gain-title = 键的加分
explain-gain-text = 加在这个键的每个分数上；文本长时，查询只看加分最高的那些键

explain-unsunk-title = sink 以外的份额
explain-unsunk-text = 头的 sink 留给词元的那部分注意力，混合结果要乘上它

explain-z-unsunk-title = 扣除 sink 后的混合
explain-z-unsunk-text = 每个头找到的内容；注意力落在 sink 上越多，它就越小

explain-z-difference-title = 两个头之差
explain-z-difference-text = 前一半的一个头找到的内容，减去 λ 乘以它的搭档找到的：两者都有的噪声相互抵消

explain-z-scaled-title = 缩放后的差
explain-z-scaled-text = 两个头之差化为同样大小，再乘上这一层的一个数

explain-resid-kept-title = 加权后的残差流
explain-resid-kept-text = 残差流的每一维乘上一个学到的数，然后才加上这一层的输出

weight-experts-bias-title = 所有专家的偏置
weight-experts-bias-text = 在专家写出的内容之和上加一次的数

weight-attn-w-router-title = 头的路由矩阵
weight-attn-w-router-text = 为词元的行给每组头打分：选分数最高的

weight-attn-w-gain-title = 算出加分的矩阵
weight-attn-w-gain-text = 从词元的值读出它的键有多值得看

weight-attn-b-gain-title = 加分的偏置
weight-attn-b-gain-text = 不管值是什么，每个键有多值得看

weight-attn-gain-scale-title = 加分的尺度
weight-attn-gain-scale-text = 每个头一个数：值对看哪里有多大影响

weight-attn-lambda-title = λ 的向量
weight-attn-lambda-text = 四个向量，它们的积决定 λ：从一个头减去搭档的多少

weight-kept-by-title = 残差流的权重
weight-kept-by-text = 每一维一个数：加上这一层的输出时，残差流保留多少
