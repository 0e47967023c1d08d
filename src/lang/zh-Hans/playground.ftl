# 游乐场的画面。

playground-title = 游乐场
playground-data = 数据
playground-network = 网络
playground-features = 特征
playground-output = 输出
playground-training = 训练
playground-test = 测试
playground-loss = 损失
playground-accuracy = 准确率

# 控制栏：先是按钮，然后名称在上、值在下；窄屏用短名。
playground-run = ▶ 运行
playground-pause = ‖ 暂停
playground-step = ▷ 一步
playground-reset = ↺ 重来
playground-epoch = 轮次
playground-speed = 速度
playground-full-speed = 全速
playground-learning-rate = 学习率
playground-learning-rate-short = 学习率
playground-activation = 激活函数
playground-activation-short = 激活
playground-regularization = 正则化
playground-regularization-short = 正则
playground-regularization-rate = 正则化率
playground-regularization-rate-short = 正则率
playground-problem = 问题
playground-classification = 分类
playground-classification-short = 分类
playground-regression = 回归
playground-regression-short = 回归
playground-none = 无

# 数据栏。
playground-set-circle = 圆环
playground-set-xor = 异或
playground-set-gauss = 高斯
playground-set-spiral = 螺旋
playground-set-reg-plane = 平面
playground-set-reg-gauss = 高斯
playground-own = 自己的点
playground-own-points = 自己的 { $n }
playground-ratio = 训练数据
playground-ratio-short = 训练
playground-noise = 噪声
playground-batch = 批大小
playground-batch-short = 批量
playground-regenerate = ↻ 换数据
playground-regenerate-short = ↻ 换数据
playground-seed = 种子
playground-stop = 停止
playground-no-stop = 无

# 网络和输出。
playground-layers = { $n } 个隐藏层
playground-show-test = 显示测试数据
playground-show-test-short = 测试
playground-discretize = 只看正负
playground-feature-shown = 特征 { $name }
playground-neuron = 第 { $layer } 层神经元 { $neuron }
playground-points = 训练点 { $train }，测试点 { $test }
playground-running = 运行中
playground-working = 处理中 …
playground-rate = 每秒 { $n } 轮

# 网络下方，说明选中的东西。
playground-weight = 权重 { $value }：{ $input } → { $neuron }
playground-bias = 偏置 { $value }：{ $neuron }
playground-weight-of = { $neuron }，{ $input } 的权重
playground-bias-of = { $neuron }的偏置
playground-hidden-layers = 各层神经元数
playground-dead = L1 已让它永远为零；改一次它就恢复
playground-feature-on = 特征 { $name } 是输入
playground-feature-off = 特征 { $name } 没有启用
playground-about-run = 一轮一轮地训练；每一轮把所有训练点用一遍，一批接一批。
playground-about-step = 训练一轮。S 退回一轮，i 在一轮之内走一步。
playground-about-reset = 回到第 0 轮，数据和初始权重不变。
playground-about-speed = 每秒训练几轮。训练在自己的线程里进行，全速时画面也流畅。
playground-about-regenerate = 换一个种子，用新的数据和权重重新开始。
playground-about-stop = 满足这个条件就停止运行：train < 0.01、test < 0.01、test stalls 20、off。
playground-about-own = CSV 文件里的点：每行是 x、y 和标签。“csv scaled 文件”把它们移进平面。
playground-about-dataset = 网络要学的点。
playground-about-layers = 隐藏层，0 到 6 层。
playground-about-width = 这一层的神经元，1 到 8 个。
playground-about-output = 网络对平面上每一处给出的答案，上面是训练数据的点。
playground-about-learningRate = 每一步沿梯度的反方向走多远。
playground-about-activation = 每个隐藏神经元怎样由总和得到输出。
playground-about-regularization = 把权重拉向零：L1 每次拉同样多，L2 按权重的大小拉。
playground-about-regularizationRate = 这种拉力有多强。
playground-about-problem = 分成两类，或者平面上每一处一个数。
playground-about-percTrainData = 每一百个点里用来训练的个数；其余的点检验学得怎样。
playground-about-noise = 点偏离多远，0 到 50。
playground-about-batchSize = 多少个点的梯度取平均，更新一次。
playground-about-seed = 数据、次序和初始权重都由这段文字抽出。
playground-about-showTestData = 显示不参加训练的点，用方块表示。
playground-about-discretize = 只显示值的正负。

# 一轮之内的一步：标题，然后是带数字的各行。
playground-forward = 点 { $point } · 第 { $layer } 层前向 · { $activation }(偏置 + Σ 权重·输入)
playground-loss-step = 点 { $point } · 损失 · ½(输出 − 标签)²
playground-loss-is = 损失 = { $formula }
playground-loss-slope = ∂损失/∂输出 = { $formula }
playground-backward = 点 { $point } · 第 { $layer } 层反向 · ∂/∂总和 = ∂/∂输出 · { $activation }′；∂/∂权重 = ∂/∂总和 · 输入
playground-update = 更新 · 权重 − { $rate } · { $points } 个点的平均梯度
playground-updated = 偏置 { $bias }；{ $weights }
playground-epoch-ends = 第 { $epoch } 轮结束
playground-more-lines = 按 e 看全部
playground-no-details = 还没有在一轮之内走过；按 i 走一步

# 消息。
playground-stopped = 停止：{ $condition }
playground-copied = 已复制 { $link }
playground-undone = 已撤销；第 { $epoch } 轮
playground-ended = 训练线程已经结束；它说的话在上面
playground-setting = 设定它
playground-commands-help = 全部按键和命令
playground-quit = 离开

# 每一条说明一个键的作用，键名写在前面。
playground-key-run = 运行和暂停
playground-key-step = 前进一轮，退回上一轮开头
playground-key-count = 在 s、S、i 前面加数字，就做那么多次
playground-key-inside = 在一轮之内走一步：一层前向，损失，一层反向，一次更新
playground-key-details = 那一步的全部数字
playground-key-speed = 慢一点，快一点：每秒 1、10、60、300 轮，或者全速
playground-key-reset = 重来：同一个种子，第 0 轮
playground-key-regenerate = 换数据：新的种子，新的数据和权重
playground-key-undo = 撤销上一次改动、运行或一步
playground-key-arrows = 选择控件、特征、神经元、输出
playground-key-part = 画面的下一部分，上一部分
playground-key-enter = 对选中的东西：切换它，选它的值，或者进入神经元的权重；在权重上：编辑它
playground-key-change = 下一个值和上一个值；一层的神经元；权重加减 0.1
playground-key-layers = 少一个隐藏层，多一个隐藏层
playground-key-shown = 显示测试数据；只看正负
playground-key-problem = 分类或回归
playground-key-zoom = 曲面占满宽度
playground-key-copy = 复制带有这些设定的 playground.tensorflow.org 链接
playground-key-own = CSV 文件里你自己的点
playground-key-command = 输入命令；tab 补全，上键和 ctrl-r 翻看以前的命令
playground-key-colours = 深色、浅色或无色；重画屏幕
playground-key-stop = 暂停程序；在 shell 里输入 fg 继续
playground-key-mouse = 选神经元、线或值；再点一次就执行；滚轮改变值
playground-key-escape = 关闭打开的东西，离开神经元的权重，离开放大

# 底行的提示，按键后面跟一两个词。
playground-hint-act = 执行
playground-hint-inside = 轮内
playground-hint-part = 部分
playground-hint-regenerate = 换数据
playground-hint-copy = 复制链接
playground-hint-speed = 速度
playground-hint-choose = 选择
playground-hint-change = 改变
playground-hint-take = 采用
playground-hint-layers = 层
playground-hint-neurons = 神经元
playground-hint-weights = 权重
playground-hint-neuron = 神经元
