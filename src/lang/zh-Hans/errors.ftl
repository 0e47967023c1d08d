# 调试器的命令出错时说的话。命令、观察点和文件的名字不译。

error-empty = 请输入命令；help 列出所有命令
error-unknown = 没有 `{ $word }` 这个命令
error-unknown-near = 没有 `{ $word }` 这个命令；是不是 `{ $near }`？
error-unknown-listed = 没有 { $word } 这个命令：按 ? 看所有命令
error-unknown-help = 没有这个命令：help 列出所有命令
error-no-argument = { $command } 后面不写东西，不能写 `{ $word }`
error-missing = { $command } 还缺 { $what }：{ $usage }
error-wrong = { $command } 看不懂 `{ $word }`：{ $usage }
error-range = { $command }：{ $name } 应该是{ $wanted }，而这里是 `{ $word }`
error-of-command = { $command }：{ $why }

# 应该是什么，放在上面的 { $wanted } 里。
error-wanted-number = 一个数
error-wanted-above-0 = 大于 0 的数
error-wanted-whole = 整数
error-wanted-count = 不小于 1 的整数
error-wanted-columns = position、head 或 whole
error-wanted-metric = diff、prob 或 kl
error-wanted-share = 大于 0、不大于 1 的数
error-wanted-speed = 每秒几个词元，0.01 到 1000
error-temperature = 温度
error-second-prompt = 第二个 "PROMPT"
error-file-or-prompts = FILE 或 "PROMPT"-"PROMPT"
error-sweep-into = into 后面的 NAME
error-sweep-from-end = { $name }：逐处改动的各段文本长度不同，所以接收处的词元从头数起
error-sweep-over = over 后面的 PATTERN
error-sweep-wrong = 第二个词元
error-patch-from = TRACE、branch NAME、pass N 或 row N

# 切片，例如 [2, :, 3:5]。
error-slice-brackets = 切片写在方括号里，例如 [0] 或 [2, :, 3:5]；这里是 `{ $text }`
error-slice-part = 切片里的 `{ $text }` 既不是数，也不是 3:5 这样的范围
error-slice-parts = 切片有 { $given } 段，而 { $name } 有 { $axes } 个轴：{ $shape }
error-slice-outside = { $index } 超出了 { $name } 的 { $axis } 轴，它的长度是 { $len }
error-slice-empty = { $start }:{ $end } 在 { $name } 的 { $axis } 轴上是空的，它的长度是 { $len }

# 观察点、块、计算、行。
error-near-one = ；是不是 { $name }？
error-near-many = ；是不是 { $names } 或 { $last }？
error-no-point = 没有像 { $name } 的观察点{ $near }
error-no-match = 没有匹配 { $pattern } 的观察点{ $near }
error-in-branch = 分支 { $branch }：{ $why }
error-in-asks = in 只接不用文件的提问命令；要做 { $line }，请先 switch { $branch }
error-glob = { $pattern }：{ $why }
error-glob-at = { $pattern } 的第 { $at } 个字符：{ $why }
error-glob-unclosed = { $bracket } 没有配对的右括号
error-glob-unopened = 这个右括号没有配对的左括号
error-glob-range = { $text } 不是范围：要写两个数，小的在前，例如 {"{"}3..5{"}"}
error-glob-escape = \ 后面要有它所转义的字符
error-pattern = { $pattern } 是一个模式，而这里要一个观察点
error-pattern-such = { $pattern } 是一个模式，而这里要一个观察点，例如 { $name }
error-no-block = 没有第 { $n } 块：块从 { $first } 到 { $last }
error-no-blocks = 没有第 { $n } 块：这里一个块也没有
error-passes = 计算从 0 到 { $last }
error-rows = 这次计算有第 0 到 { $last } 行
error-steps = 这次计算有第 1 到 { $last } 步
error-heads = 注意力头从 0 到 { $last }
error-dims = 维度从 0 到 { $last }
error-first-point = 已经在这次计算的第一个观察点
error-last-point = 已经在这次计算的最后一个观察点
error-behind = { $name } 不在前面：用 goto 退回去
error-no-candidate = 分布里没有列出这个候选
error-nothing-wanted = 还没有找过什么：find NAME、find nan、find >10
error-no-stages = { $name } 没有分步：有的是 pos_embed、rot_q、rot_k、pattern、z、mlp.post 和 logits
error-no-stream = 残差流里没有匹配 { $pattern } 的值
error-no-leaf = 这个模型没有哪个块有 { $leaf }
error-no-weight-match = 没有匹配 { $pattern } 的权重
error-weights-unknown = 不知道这个模型有哪些权重：它的记录里没有结构
error-deep-script = { $most } 个文件一层层互相读：是不是有一个读了自己？
error-no-breakpoint = 没有第 { $n } 个断点：breakpoints 列出所有断点
error-needs-screen = 这个命令要有画面才行
error-not-ordinary = 不是普通文件
error-long-script = 命令超过 { $most } 字节
error-opening = 模型还在打开

# 向模型或记录提问时的错误。
error-cancelled = 按要求中途停下了
error-not-recorded = 这份记录里没有 { $name }
error-no-pass = 没有第 { $pass } 次计算：有第 0 到 { $last } 次
error-no-such-point = 没有 { $name } 这个观察点{ $near }
error-no-weight = 没有 { $name } 这个权重{ $near }
error-needs-engine = 记录只存了算过的结果：{ $what } 要有模型才行（用 `layerwise MODEL` 打开）
error-encoder = 编码器只填被遮住的词元，不往下写：用 , 和 . 移到一个 [MASK]
error-empty-prompt = 提示里没有词元：请写一些字
error-long-prompt = { $tokens } 个词元超过了模型的上下文长度 { $n_ctx }，后面没有位置了：请把提示写短些
error-no-token = 词元 { $id } 不在 { $d_vocab } 个词的词表里
error-not-one-token = { $text } 是 { $pieces }：token 一次只取一个词元
error-pieces-none = 这个模型没有的词元
error-pieces-one = 这个模型没有的词元，最近的是 { $one }
error-pieces-many = { $n } 个词元：{ $others } 和 { $last }
error-write = 写不了 { $file }：{ $why }
error-own-file = 写不了 { $file }：它是正在读的模型的文件

# 程序启动时。
error-language = 没有 `{ $word }` 这种语言：有 { $tags }
error-needs-size = 需要 { $width }×{ $height }
error-this-size = 现在 { $width }×{ $height }

# 要有模型才行的，放在 error-needs-engine 的 { $what } 里。
error-engine-pass = 没有记录的计算
error-engine-gradient = 梯度
error-engine-fidelity = 透镜的保真度
error-engine-branch = 分支
error-engine-lens = 文件里的透镜
error-engine-sweep = 逐处改动
error-engine-weight = 权重
error-engine-plain = 没有干预的答案
error-engine-prompt = 换一段提示
error-engine-text = 换一段文字
error-engine-attribution = 归因
error-engine-change = 改一个值
error-engine-value = 计算一个值
error-engine-split = 拆开一个分数
error-engine-answer = 这个回答
error-engine-neurons = 神经元写了什么
error-engine-token = 记录以外的下一个词元

# 读不了的文件。
error-not-found = 没有这个文件或文件夹
error-not-allowed = 没有权限
error-of-file = { $file }：{ $why }
error-not-a-model = { $file } 不是模型：{ $why }
error-no-model = { $model }：没有这个文件夹或文件，也没有这个命令（{ $commands }）；hub 上的模型写作 ORG/NAME
error-open-trace = 打不开记录 { $file }：{ $why }

# Beside the file that a trace was written to.
note-states-left-out = 没有写入逐词元的完整状态（太占空间），只留下每一遍最后一个词元之后的状态。要全部写入：{ $flags }
