# 游乐场的命令：说明、回答和错误。命令、设置和文件的名字不译。

playground-help-show = 轮次、损失、准确率和混淆矩阵，或 R²
playground-help-run = 训练；不写数字就训练到满足停止条件
playground-help-step = 训练一轮
playground-help-into = 在一轮之内走一步：一层前向、损失、一层反向、一次更新
playground-help-back = 退回几轮；在一轮之内就退到它的开头
playground-help-reset = 种子不变，回到第 0 轮
playground-help-regenerate = 换一个种子，重新开始
playground-help-undo = 撤销上一次改动、运行或单步
playground-help-weights = 所有偏置和权重
playground-help-weight = 改一个权重；都从 1 数起
playground-help-bias = 改一个偏置
playground-help-data = 训练数据和测试数据开头的几个点
playground-help-value = 每个神经元从一个点算出什么
playground-help-surface = 一个神经元或输出在整个平面上算出什么
playground-help-settings = 每项设置和它的值；设置的名字就是修改它的命令
playground-help-link = 带着这些设置的 playground.tensorflow.org 链接
playground-help-open = 用链接里的设置重新开始
playground-help-csv = 用自己的点重新开始：每行是 x、y、标签
playground-help-stop = “train < 0.01”“test < 0.01”“test stalls 20”或 off
playground-help-save = 把一切存进文件
playground-help-load = 接着文件里存的继续
playground-help-export = 把损失、点、权重或曲面写成 CSV
playground-help-svg = 画成一张图
playground-help-names = 设置：{ $names }

# 回答。数字保留所有位数。
playground-said-seed = 种子 { $seed }
playground-said-no-stop = 没有停止条件
playground-said-opened = 已打开
playground-said-points = { $n } 个点
playground-said-saved = 已存为 { $file }
playground-said-loaded = 已读入 { $file }
playground-said-losses = 第 { $epoch } 轮：训练损失 { $train }，测试损失 { $test }
playground-said-inside = 第 { $epoch } 轮又 { $points } 个点：训练损失 { $train }，测试损失 { $test }
playground-said-accuracy = { $set }：准确率 { $share } %；+1 判为 +1 有 { $pp } 个，判为 -1 有 { $pm } 个；-1 判为 +1 有 { $mp } 个，判为 -1 有 { $mm } 个
playground-said-set = { $set }，{ $n } 个点
playground-said-point = ({ $x }, { $y }) 标签 { $label }，输出 { $output }
playground-said-layer = 第 { $layer } 层：{ $numbers }
playground-said-shades = ▓ 不小于 0.5，▒ 大于 0，· 小于 0，- 小于 -0.5
playground-said-stop = 停止条件：{ $condition }
playground-said-neuron = 第 { $layer } 层神经元 { $neuron }：偏置 { $bias }
playground-said-forward = 点 { $point }，第 { $layer } 层前向
playground-said-backward = 点 { $point }，第 { $layer } 层反向
playground-said-forward-neuron = 神经元 { $neuron }：{ $terms }
playground-said-loss = 点 { $point }，损失 { $loss }；对输出的导数 { $slope }
playground-said-backward-neuron = 神经元 { $neuron }：{ $slope }，即偏置的导数
playground-said-backward-weight = 权重：{ $slope }
playground-said-update = 用 { $points } 个点的平均导数更新，学习率 { $rate }
playground-said-updated-weight = 权重 { $moved }
playground-said-regularised = 正则化 { $x }
playground-said-link-own = 链接里放不下自己的点
playground-said-link-activation = 那个网站没有这个激活函数
playground-said-outside = { $n } 个点落在画出的平面（-6 到 6）之外；“csv scaled 文件”把它们移进来

# 错误。
playground-near = ；是不是 { $name }？
playground-noun-problem = 问题
playground-noun-regularization = 正则化
playground-noun-classes = 用于分类的数据集
playground-noun-surface = 用于回归的数据集
playground-noun-figure = 可导出的数据
playground-noun-activation = 激活函数
playground-error-choice = { $noun }里没有 { $word }，有的是 { $names }
playground-error-file = { $name } 后面要写文件名
playground-error-usage = 用法：{ $usage }，{ $help }
playground-error-setting-usage = 用法：{ $name } VALUE，设置 { $key }
playground-error-command = 没有这个命令{ $near }；help 列出所有命令
playground-error-setting = 没有这项设置{ $near }
playground-error-none = 要一个不小于 1 的数
playground-error-most = { $n } 太多了：一次最多 { $most }
playground-error-no-count = { $word } 不是不小于 1 的整数
playground-error-not-finite = { $word } 不是有限的数
playground-error-run = run 后面要写训练几轮，或者先用 stop 设停止条件
playground-error-undo = 没有可以撤销的
playground-error-back = 只训练过 { $n } 轮
playground-error-not-kept = 第 { $first } 轮以前的已经不留着了；reset 回到第 0 轮
playground-error-diverged = { $found }；back 回到前一轮，reset 回到第 0 轮
playground-error-layer = 没有第 { $layer } 层：共有 { $layers } 层，最后一层是输出
playground-error-neuron = 第 { $layer } 层没有神经元 { $neuron }：它有 { $neurons } 个
playground-error-input = 第 { $layer } 层没有输入 { $input }：它有 { $inputs } 个
playground-error-switch = { $word } 既不是 true 也不是 false
playground-error-range = { $word } 超出范围：要 { $least } 到 { $most } 的数
playground-error-range-whole = { $word } 超出范围：要 { $least } 到 { $most } 的整数
playground-error-number = { $word } 不是数：要 { $least } 到 { $most } 的数
playground-error-number-whole = { $word } 不是数：要 { $least } 到 { $most } 的整数
playground-error-width = { $word } 不能作一层的宽度：一层有 1 到 { $most } 个神经元
playground-error-deep = { $n } 个隐藏层太多了：可以有 0 到 { $most } 个
playground-error-seed-empty = 种子至少要有一个字符
playground-error-seed = { $word } 不能放进链接：种子里不能有空格、&、= 和 #
playground-error-stop = 停止条件是“train < 0.01”“test < 0.01”“test stalls 20”或 off
playground-error-loss = { $word } 不能作损失：要一个大于零的数
playground-error-epochs = { $word } 不是轮数

# 链接的错误。
playground-error-no-link = { $text } 不是游乐场的链接：链接里有 #，后面是 key=value&key=value
playground-error-link = 链接里的 { $key }：{ $why }
playground-link-hides = 链接：{ $key } 要隐藏的东西不存在{ $near }
playground-link-unknown = 链接：不认识 { $key }{ $near }
playground-link-feature = 链接：{ $key } 不是特征，那个网站上也不是

# 点的文件的错误。
playground-error-no-file = { $file }：不是普通文件
playground-error-row = { $file }，第 { $line } 行：{ $why }
playground-error-few = { $file }：{ $n } 个点太少：至少要 { $least } 个
playground-error-many = { $file }：超过 { $most } 个点：抽一部分来用，例如 shuf -n { $most } 的输出
playground-error-columns = 一行是 x、y、标签，这一行有 { $n } 个字段；更多的列要靠标题行里的名字 x、y 和 label 来选
playground-error-no-field = 这一行没有 { $name }：它有 { $fields } 个字段，不是 { $due } 个
playground-error-fields = 这一行有 { $fields } 个字段，不是 3 个
playground-error-field-finite = { $name } 是 { $field }，不是有限的数
playground-error-field-empty = { $name } 是空的
playground-error-field = { $name } 是 { $field }，不是数
playground-error-label = 标签 { $label } 不是类别：类别是 -1 和 1，或 0 和 1；problem regression 接受任何数
playground-error-labels = 标签里 -1 和 0 都有：类别是 -1 和 1，或 0 和 1；problem regression 接受任何数

# 存档的错误。
playground-error-unready = 没有存：{ $why }
playground-error-unready-point = 一个点正走到一半；用 into 走完它
playground-error-unready-number = 有一个数不是有限的；back 回到前一轮
playground-error-save-json = { $file }：不是游乐场的存档：{ $why }
playground-error-save-ordinary = 不是普通文件
playground-error-save-large = 超过 { $most } 字节
playground-error-save-version = 格式是 { $version }；本程序读格式 { $due }
playground-error-save-few = 点太少
playground-error-save-layers = 它的各层和它的链接不符
playground-error-save-losses = 它的损失和它的轮数不符
playground-error-save-points = 它数的点比可能有的还多

# 一个数变得不再有限：在哪里、变成什么、为什么。
playground-diverged = 第 { $epoch } 轮，点 { $point }：第 { $layer } 层神经元 { $neuron } 的{ $what }变成了 { $value }：{ $because }
playground-diverged-sum = 总和
playground-diverged-output = 输出
playground-diverged-loss = 损失
playground-diverged-by-sum = 对总和的导数
playground-diverged-by-weight = 某个权重的导数
playground-diverged-bias = 偏置
playground-diverged-weight = 某个权重
playground-diverged-forward = 它的权重大到 { $weight }，输入大到 { $input }，没有数装得下它们的和
playground-diverged-backward = 损失对它的输出的导数是 { $by }，激活函数的斜率是 { $slope }
playground-diverged-update = 它原来是 { $before }，减去了学习率 { $rate } 乘以 { $points } 个点的平均导数 { $gradient }
playground-diverged-after = 这一轮最后一次更新之后，它的权重大到 { $weight }
playground-diverged-square = 输出是 { $output }，没有数装得下它的平方
