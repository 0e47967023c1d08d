# 各个画面共用的文字：底行的提示（按键后面跟一两个词）和帮助。

help = 帮助
help-keys = 按键
help-commands = 命令（按 : 后输入）

hint-add-input = 加输入
hint-back = 后退
hint-behind-tab = tab：{ $panes }
hint-cell = 一格
hint-command = 命令
hint-data = 数据
hint-edit = 编辑
hint-end = 到底
hint-epoch = 一轮
hint-help = 帮助
hint-help-keys = 按 : 输入命令 · ↑↓ 滚动 · esc 关闭
hint-last-pane = 最后一个窗格不能隐藏
hint-move = 移动
hint-no-key = 这个键在这里没有作用；按 ? 看有哪些键
hint-nothing-hidden = 没有隐藏的窗格
hint-other = 换一个
hint-overlay = ↑↓ 滚动 · esc 关闭
hint-pane = 窗格
hint-play = 播放
hint-product = 矩阵乘法
hint-quit = 退出
hint-reset = 重来
hint-run = 运行
hint-size = 大小
hint-speed = 速度
hint-start = 开头
hint-step = 一步
hint-switch = 切换
hint-undo = 撤销
hint-vectors = 向量
hint-zoom = 放大

key-glossary = 画面上的词是什么意思
