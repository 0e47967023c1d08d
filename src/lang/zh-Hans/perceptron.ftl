# 感知器的画面。

perceptron-diagram = 感知器
perceptron-table = 真值表
perceptron-data = 数据
perceptron-line = 分界线

perceptron-input = 输入
perceptron-weight = 权重
perceptron-sum = 总和
perceptron-threshold = 阈值

perceptron-legend = ● 1  ○ 0  ✗ 答错  · 激活
perceptron-take-data = 按 d 选一组样本来学习：data and、data or、data xor、data table、data 文件.csv

# 接下来轮到哪个样本。
perceptron-progress = 第 { $epoch } 轮 · 下一个样本 { $next }/{ $samples }
perceptron-data-named = 数据 { $name }（{ $samples }）
perceptron-rate = 学习率 { $rate }
perceptron-name-of = { $name }的名称
perceptron-weight-of = { $name }的权重
perceptron-sample-of = 样本 { $row }，{ $column }
# 哪个输入向右，哪个向上。
perceptron-axes = { $right } →  { $up } ↑

# 每一条说明一个键的作用，键名写在前面。
perceptron-key-arrows = 选择输入、权重、阈值、行或格子
perceptron-key-space = 让输入（或格子里的值）在 0 和 1 之间切换
perceptron-key-enter = 编辑选中的内容；在真值表里：让输入取这一行的值
perceptron-key-add = 加一个输入；在数据里加一个样本
perceptron-key-remove = 去掉这个输入或样本
perceptron-key-data = 选一组样本来学习
perceptron-key-epoch = 学到这一轮结束；退回这一轮开头
perceptron-key-count = 在 s S n N 前面加数字，就做那么多次
perceptron-key-pane = 下一个窗格，上一个窗格
perceptron-key-zoom = 放大窗格，隐藏它，全部显示
perceptron-key-command = 输入命令；上下键翻看以前的命令
perceptron-key-colours = 深色、浅色或无色；重画屏幕
perceptron-key-stop = 暂停程序；在 shell 里输入 fg 继续
perceptron-key-escape = 退出放大，关闭打开的东西

# 它算出什么，怎样学习。
perceptron-sum-fires = { $terms } = { $sum }。总和 { $sum } 大于阈值 { $threshold }：激活，{ $output } = 1。
perceptron-sum-rests = { $terms } = { $sum }。总和 { $sum } 不大于阈值 { $threshold }：不激活，{ $output } = 0。
perceptron-step = 第 { $epoch } 轮，样本 { $sample }（共 { $samples } 个）：总和 { $sum } { $compared } 阈值 { $threshold }，所以输出是 { $output }。
perceptron-step-right = 答案也是 { $output }：什么都不变。
perceptron-step-gains = 答案是 1：总和太小了。每个权重加上 { $rate } × 它的输入（{ $changed }），阈值降低 { $rate }（{ $before } → { $after }）。
perceptron-step-loses = 答案是 0：总和太大了。每个权重减去 { $rate } × 它的输入（{ $changed }），阈值升高 { $rate }（{ $before } → { $after }）。
perceptron-step-no-weight = 输入全是 0：权重不变
perceptron-start = { $samples } 个样本，用这些权重有 { $wrong } 个答错。
perceptron-learning = { $samples } 个样本里有 { $wrong } 个答错。
perceptron-unsettled = 学了 { $epochs } 轮之后，{ $samples } 个样本里有 { $wrong } 个答错。
perceptron-unsettled-never = 它永远不会收敛：没有{ $separator }能把这些样本分开。
perceptron-unsettled-perhaps = 如果有{ $separator }能把样本分开，它就会收敛：也许没有，也许还要更久。
perceptron-converged-at-once = 收敛了：{ $samples } 个样本一开始就全对。
perceptron-converged = 收敛了：第 { $epoch } 轮改动之后，{ $samples } 个样本全对。
perceptron-never-from-start = 它永远不会收敛：第 { $to } 轮之后，权重和阈值又和开始时一样，所以会一直循环下去。没有{ $separator }能把这些样本分开。
perceptron-never = 它永远不会收敛：第 { $to } 轮之后，权重和阈值又和第 { $from } 轮之后一样，所以会一直循环下去。没有{ $separator }能把这些样本分开。
perceptron-offer = 带一个隐藏层的网络能学会它们：见 layerwise play。
perceptron-contradiction = 样本 { $a } 和 { $b } 的输入相同、答案不同：没有权重能让两个都对。
perceptron-no-line-here = 有两个输入时才画分界线。
perceptron-always-fires = 两个权重都是 0：没有分界线，总是激活。
perceptron-never-fires = 两个权重都是 0：没有分界线，从不激活。
perceptron-wrong = 每轮答错的个数：{ $counts }
perceptron-wrong-from = 从第 { $from } 轮起每轮答错的个数：{ $counts }

# 一个、两个、三个和更多输入时，把样本分开的东西。
perceptron-separator-point = 一个点
perceptron-separator-line = 一条直线
perceptron-separator-plane = 一个平面
perceptron-separator-hyperplane = 一个超平面

# 错误。
perceptron-error-no-input = { $word } 不是输入：输入有 { $names }，也可以用从 1 起的序号
perceptron-error-bad-name = { $name } 不能作名字：名字是一行文字，不能是数
perceptron-error-long-name = 名字最多 { $most } 个字符
perceptron-error-name-taken = 另一个输入已经叫 { $name }
perceptron-error-answer = { $word } 不是答案：答案是 0 或 1
perceptron-error-bad-rate = { $word } 不是学习率：学习率大于 0，最多 1000
perceptron-error-count = 有 { $due } 个输入，不是 { $given } 个
perceptron-error-many-inputs = 这里的感知器最多 { $most } 个输入
perceptron-error-last-input = 最后一个输入不能去掉
perceptron-error-no-row = 没有第 { $given } 行：数据有第 1 到第 { $rows } 行
perceptron-error-last-row = 最后一行不能去掉：用 data 加别的名字换一组数据
perceptron-error-many-rows = 这里一组数据最多 { $most } 个样本
perceptron-error-no-data = 还没有数据：data and、data or、data xor、data table 或 data 文件.csv
perceptron-error-at-start = 还没有学过样本：已经在开头
perceptron-error-many-steps = 已经学了 { $most } 个样本，再多就不保留了：reset 重新开始
perceptron-error-nothing-to-undo = 没有可以撤销的
perceptron-error-data = { $file }：{ $why }
perceptron-error-write = { $file } 写不进去：{ $why }
perceptron-error-missing = 没有这个文件；数据是 and、or、xor、table 或一个 CSV 文件
perceptron-error-not-a-file = 它不是普通文件
perceptron-error-empty = 它是空的：先写一行名字，再每行一个样本，最后一项是答案 0 或 1
perceptron-error-only-names = 它只有名字，没有样本：每行写一个样本，最后一项是答案 0 或 1
perceptron-error-ragged = 第 { $line } 行有 { $found }，而第一行有 { $due }
perceptron-error-one-column = 第 { $line } 行只有一列：至少要有一个输入和答案，中间用逗号
perceptron-error-file-inputs = 它有 { $found } 个输入，而这里的感知器最多 { $most } 个
perceptron-error-cell = 第 { $line } 行，{ $column } 列：{ $why }
perceptron-error-header = 第 1 行：{ $why }
perceptron-error-file-rows = 它的样本超过 { $most } 个；取其中一部分，比如 head -n { $most }
perceptron-error-large = 它超过 { $most } 字节；取其中一部分，比如 head -n 1000
perceptron-error-not-text = 第 { $line } 行不是 UTF-8 文字
perceptron-error-columns = { $n } 列
perceptron-error-columns-one = 1 列

perceptron-help-show = 输入、权重、阈值、总和与输出
perceptron-help-inputs = 每个输入的值，比如 inputs 1 0 1
perceptron-help-input = 一个输入的值
perceptron-help-toggle = 让一个输入在 0 和 1 之间切换
perceptron-help-weight = 一个输入的权重
perceptron-help-weights = 每个输入的权重
perceptron-help-threshold = 总和大于它就激活
perceptron-help-name = 给一个输入改名
perceptron-help-output = 给输出改名
perceptron-help-add = 加一个输入
perceptron-help-remove = 去掉一个输入
perceptron-help-film = 开头的例子：要不要去看电影？
perceptron-help-table = 真值表：输入的所有组合
perceptron-help-data = 用来学习的样本，权重从 0 开始；table 取真值表；单独写就显示它们
perceptron-help-cell = 改动数据里的一个数
perceptron-help-append = 加一个样本；答案是 0 或 1
perceptron-help-delete = 去掉一个样本
perceptron-help-step = 学下一个样本，或下 N 个
perceptron-help-back = 退回上一个样本，或上 N 个
perceptron-help-run = 一直学到收敛，或确定永远不会收敛
perceptron-help-start = 退回所有样本
perceptron-help-reset = 权重和阈值归 0，什么都没学
perceptron-help-rate = 输出错了时权重挪多远
perceptron-help-why = 上一个样本改变了什么，为什么
perceptron-help-line = 激活与不激活的分界线，两个输入时才有
perceptron-help-save = 把数据写成文件
perceptron-help-undo = 撤销上一次改动
perceptron-help-help = 所有命令
perceptron-help-quit = 退出
