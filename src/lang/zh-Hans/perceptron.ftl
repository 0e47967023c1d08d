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
