# 课文周围的文字：判断、说明、目录、画面上的词。

learn-right = 答对了。
learn-wrong = 还不对。再看一看，或者看看提示。
learn-no-number = 这里要回答一个数。
learn-nothing-asked = 这一课要动手做，不用回答：边做边检查。
learn-answer-what = 回答什么？写在 answer 后面，比如 answer 42
learn-solved = ✓ 完成。
learn-no-lesson = 没有第 { $word } 课：课从 1 到 { $last }，也可以用名字
learn-no-part = 不能关掉 { $word }：可以用 { $parts }，或者 nothing
learn-nothing-to-switch-off = 这里没有可以关掉的东西：这一课旁边没有模型
learn-reset = 所有的课都重新算作未完成。
learn-walk-wrong = 认出错误答案 { $mark }
learn-walk-solved = 能完成 { $mark }

learn-without = 现在模型没有{ $part }；再按 w（批处理时用 without nothing）恢复原样。
learn-what-if = 如果没有会怎样？按 w（批处理时用 without { $word }）关掉{ $part }，到 logits（按 >）看看答案变成什么。
learn-recorded = 这个版本不带 libtorch：你看到的是模型运行的录制。
learn-recorded-what-if = 本程序没有 libtorch：你看到的是完整模型的记录。要关掉其中一部分，需要带 libtorch 的 layerwise。

part-positions = 位置
part-attention = 注意力
part-norms = 归一化
part-mlp = 前馈层

sheet-marks = 分数
sheet-scaled = 缩放到 1…0
sheet-exponentials = e 的次方
sheet-softmax = softmax 份额
sheet-normed = 层归一化

glossary-link = → 第 { $n } 课，{ $title }
glossary-near = 词汇表里没有 { $word }；是不是 { $near }？
glossary-unknown = 词汇表里没有 { $word }；不写词就列出全部

# 课程的画面。
learn-number = 第 { $n } 课，共 { $of } 课
learn-lessons = 目录
learn-first = 这是第一课
learn-last = 这是最后一课
learn-done = ✓ 完成。按 n 进入下一课。
learn-all-done = ✓ 完成。所有的课都学完了，这里没有更多可学的了。
learn-no-key = 这个键在这里没有作用
learn-answer-label = 你的答案：
learn-overlay-keys = ↑↓ 选择 · enter 去那一课 · esc 关闭
learn-key-try = 动手
learn-key-answer = 回答
learn-key-hint = 提示
learn-key-next = 下一课
learn-key-previous = 上一课
learn-key-without = 如果没有
learn-key-glossary = 词汇
learn-key-lessons = 目录
learn-key-whole = 整页
learn-key-again = 重来
learn-key-quit = 退出
learn-key-back = 按 ctrl-g 回到课文

console-marks = 五个分数
console-marks-lines = 输入 numbers 90 80 70 60 50，换成别的数，就能改动它们。

glossary = 词汇；画面上有的排在前面

sheet-unknown = { $line } 不是这里的命令：用 numbers 90 80 70 60 50
sheet-no-number = { $word } 不是 -1000000 到 1000000 之间的数
sheet-count = 给了 { $given } 个数：需要 2 到 { $most } 个
