# 调试器各个窗格的标题和里面的文字。标题要短：窗格可能只有 24 列宽。

pane-steps = 步骤
pane-summary = 概要
pane-summary-heads = 所有头的概要
pane-masked = 遮住 { $n }
pane-span = { $low } 到 { $high }
pane-heads-of = { $leaf } 的各个头
pane-head = 头 { $head }/{ $all }
pane-head-short = 头 { $head }/{ $all }
pane-computing = 计算中…
pane-reading = 读取中…
pane-opening = 正在打开模型…
pane-ahead = 还没算到：按 s 走到那里
pane-rows = 第 { $first }–{ $last } 行，共 { $all }
pane-columns = 第 { $first }–{ $last } 列，共 { $all }
pane-largest = 大的在前，到第 { $last } 大，共 { $all }
pane-blocks = 块 { $first }–{ $last }，共 { $all }
pane-recomputed = 重新算出 · z 相同
pane-recomputed-off = 重新算出 · z 差 { $error }

# 上下排在一起的值。
pane-role-tokens = 词元
pane-role-positions = + 位置
pane-role-segments = + 段
pane-role-sum = = 和
pane-role-sum-normed = = 和，已归一化
pane-role-before = 之前
pane-role-after = 之后
pane-scale = 尺度

# 光标处的分布：{ $target } 是前三条之一。
pane-next-token = 下一个词元
pane-masked-token = 被遮住的词元
pane-own-token = 这个词元
pane-seen-long = 从这里看{ $target }
pane-seen = { $target }（此处）
pane-seen-changed = { $target }：干预前 → 后
pane-changed = 干预前 → 后
pane-seen-computing = { $target }，计算中…
pane-says = 它说什么
pane-reads = 读的是 { $name }
pane-no-stream = 这里还没有残差流
pane-stopped = 还没算到这里就停了：按任意键继续，S、O 或 < 退回
pane-no-tokens = 这个模型不说词元。它从文字算出 { $end }，也就是最后一步：按 > 去那里。
pane-entropy = 熵 { $entropy } nats
pane-same-answer = 答案一位也没变
pane-moved = 变化最大
pane-by-layer = { $token } 逐层
pane-up-to = 最高 { $share } %
pane-after = 之后
pane-at = 位置
pane-entropy-word = 熵
pane-most-likely = 最可能
pane-goes-on = ✓ 文字接下来真正的词元 · d 看 logits 本身
pane-stands-there = ✓ 那里真正的词元 · d 看 logits 本身
pane-looks = { $token } 在看哪里
pane-looks-head = { $token } 在第 { $head } 头里看哪里

# 看整个模型的画面。
pane-grid = 透镜表：在每一层、每个词元之后，它会说什么
pane-grid-place = 层 { $layer }/{ $layers } · 词元 { $token }/{ $tokens }
pane-grid-at = { $name }，{ $token } 之后：
pane-grid-cell = { $token } { $share } % · 熵 { $entropy } nats
pane-grid-rank = { $token } 排第 { $rank }，{ $share } %
pane-rollout = 注意力回溯：这一行在每个块之前来自哪里
pane-rollout-cell = 在第 { $layer } 块之前，{ $token } 的 { $share } 来自 { $from } · { $definition }
pane-attribution = 归因：每个部分给 logit 加了多少
pane-attribution-sum = { $logit } = { $value } = { $n } 个部分的和
pane-attribution-cell = 第 { $layer } 块，{ $part }：{ $value } · 归一化的尺度固定为这次计算的
pane-part-mlp = 它的 MLP
pane-part-bias = 它的偏置
pane-part-head = 第 { $head } 头
pane-nothing = 没有
pane-smaller = 其余 { $n } 个较小的合计
pane-split = 拆开：这个分数的查询和键各由谁写成
pane-split-query = 查询由谁写成
pane-split-key = 键由谁写成
pane-split-terms = 各项：查询 × 键
pane-others = 其余 { $n } 个合计
pane-head-map = 各个头：{ $statistic }
pane-head-map-repeated = 各个头：{ $statistic }，{ $tokens } 个随机词元重复两遍
pane-head-map-cell = 块 { $layer }，头 { $head }：{ $value } · { $definition }；计入 { $tokens } 个词元
pane-not-there = 不存在
pane-not-all = 不全：{ $why }
pane-score-here = { $token } { $surprisal } nats，第 { $rank }
pane-score = 平均 { $mean } nats，困惑度 { $perplexity }
pane-score-recorded = 平均 { $mean } nats，困惑度 { $perplexity }（只算记录下来的）

# 最上面一行。
pane-header-layers = { $n } 层
pane-header-warnings = { $n } 条警告
pane-header-interventions = ✎ { $n } 个干预
pane-header-interventions-on = ✎ { $n } 个干预，开着 { $on } 个
pane-header-place = 计算 { $pass } · { $layer } · 步 { $step }/{ $steps }
pane-header-opening = 打开中…
pane-header-stopping = 正在停下…
pane-header-stopped = 已停止
pane-header-running = 计算 { $at } { $gauge } { $share } %

# 按键或命令做了什么，显示在最下面一行。
pane-note-cannot-choose = { $pane } 里没有可选的，或者它隐藏着
pane-note-stays = 这个窗格一直都在：z 让它占满画面，tab 去别的窗格
pane-note-hidden = { $pane } 已隐藏：X 显示所有窗格
pane-note-density = 值的样子：{ $way }
pane-note-not-wide = 这个矩阵不宽：各列保持原来的次序
pane-note-largest = 列：所选行里大的在前 · m 恢复次序
pane-note-plain = 列：原来的次序
pane-note-colours = 颜色：{ $theme }
pane-note-nothing-open = 没有打开什么：q 退出，? 列出按键
pane-note-begins = 这次计算从这里开始：s 往前走
pane-note-ends-token = 这次计算到此为止：t 取下一个词元
pane-note-ends = 这次计算到此为止
pane-note-no-breakpoint = 一路上没有断点：b 在光标处设一个，B 按模式设
pane-note-stopped = 没算完就停了：按任意键继续
pane-note-next = 下一个词元：{ $token } · 这是第 { $pass } 次计算，{ $back } · K：留着 { $kept } 个词元的键和值
pane-note-back = ( 退回
pane-note-dropped = { $passes }已丢掉
pane-pass = 第 { $pass } 次计算
pane-passes = 第 { $first } 到 { $last } 次计算
pane-ask-drop = 在这里换一个词元会丢掉{ $passes }。要换吗？
pane-note-changed-by = 被 { $changes } 改过：{ $text }
pane-note-lists-them = { $off }：I 列出干预
pane-note-off = { $change } 已关掉
pane-note-none-left = 没有干预了：ctrl-r 重做
pane-note-cleared = 没有干预了：U 把它们拿回来
pane-note-some-on = { $n } 个干预，开着 { $on } 个：I 列出干预
pane-note-interventions = :intervention N 关掉或打开一个 · U 撤销上一次改动，ctrl-r 重做 · :clear 全部清掉
pane-interventions = 干预
pane-breakpoints = 断点
pane-note-breakpoints = :toggle N 关掉或打开一个 · :delete N 或 all 去掉
pane-note-no-breakpoints = 没有：b 在光标处设一个，break PATTERN 在许多处设
pane-note-breakpoint = 断点设在 { $name }
pane-note-breakpoint-once = 一次性断点设在 { $name }
pane-note-breakpoint-many = 断点设在 { $pattern }：{ $n } 个观察点
pane-note-breakpoint-many-once = 一次性断点设在 { $pattern }：{ $n } 个观察点
pane-note-breakpoint-gone = 断点去掉了
pane-note-breakpoints-gone = 所有断点都去掉了
pane-note-deleted = 去掉了 { $name }
pane-once = 一次
pane-warnings = 警告
pane-note-no-warning = 没有警告
pane-note-no-paste = 没有可以粘贴的地方：e 编辑提示，: 输入命令
pane-note-no-weight = 这里不读权重：q、k、v、attn_out、mlp.pre、归一化和 logits 会读；:weights 列出全部
pane-note-count = { $n }：下一个键按这么多次 · esc 取消
pane-note-no-count = { $key } 前面不能写数字
pane-note-no-key = 这个键在这里没有用
pane-note-key = { $key } 在这里没有用：? 列出按键
pane-note-found = { $what } · n N 下一个、上一个 · esc 结束查找
pane-note-surprisal = 每个词元下面是意外程度（nats）和排名 · u 隐藏
pane-note-no-surprisal = 意外程度已隐藏
pane-note-copied = 已复制 { $text }
pane-note-no-copy = 这里还没有可复制的
pane-note-large-copy = { $n } 字节超过了终端能接受的（{ $most }）：用 save 写成文件
pane-note-no-svg = 画面的图是 SVG 文件，而 { $file } 不以 .svg 结尾
pane-note-script = 命令的输出
pane-thread-ended = 模型的线程结束了

# 盖在窗格上的小窗：标题和底边的按键。
pane-palette = 命令
pane-palette-hint = tab 补全 · ↑ ctrl-r 以前的 · enter 运行 · esc 关闭
pane-palette-earlier = 以前的命令
pane-palette-earlier-hint = ctrl-r 再往前 · enter 运行 · tab 编辑 · esc 返回
pane-prompt = 提示
pane-prompt-hint = enter 运行 · alt-enter、ctrl-j 换行 · esc 关闭
pane-prompt-long = 提示太长，不能在这里编辑：用 `layerwise --prompt-file FILE` 运行
pane-prompt-lines = { $n } 行
pane-prompt-characters = { $n } 个字符
pane-prompt-unseen = 另有 { $n } 个不显示但保留
pane-save = 保存记录
pane-save-hint = tab 换栏 · enter 写入 · esc 关闭
pane-save-file = 文件
pane-save-points = 观察点
pane-save-replace = { $file } 已经存在：再按 enter 就覆盖
pane-save-facts = { $passes } 次计算的 { $tensors } 个张量，约 { $bytes }
pane-sure = 确定吗？
pane-sure-hint = y 是 · n 否
