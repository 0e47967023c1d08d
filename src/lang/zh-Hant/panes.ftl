# 除錯器各個窗格的標題和裡面的文字。標題要短：窗格可能只有 24 欄寬。

pane-steps = 步驟
pane-summary = 概要
pane-summary-heads = 所有頭的概要
pane-masked = 遮住 { $n }
pane-span = { $low } 到 { $high }
pane-heads-of = { $leaf } 的各個頭
pane-head = 頭 { $head }/{ $all }
pane-head-short = 頭 { $head }/{ $all }
pane-computing = 計算中…
pane-reading = 讀取中…
pane-opening = 正在開啟模型…
pane-ahead = 還沒算到：按 s 走到那裡
pane-rows = 第 { $first }–{ $last } 列，共 { $all }
pane-columns = 第 { $first }–{ $last } 行，共 { $all }
pane-largest = 大的在前，到第 { $last } 大，共 { $all }
pane-blocks = 區塊 { $first }–{ $last }，共 { $all }
pane-recomputed = 重新算出 · z 相同
pane-recomputed-off = 重新算出 · z 差 { $error }

# 上下排在一起的值。
pane-role-tokens = 詞元
pane-role-positions = + 位置
pane-role-segments = + 段
pane-role-sum = = 和
pane-role-sum-normed = = 和，已正規化
pane-role-before = 之前
pane-role-after = 之後
pane-scale = 尺度

# 游標處的分布：{ $target } 是前三條之一。
pane-next-token = 下一個詞元
pane-masked-token = 被遮住的詞元
pane-own-token = 這個詞元
pane-seen-long = 從這裡看{ $target }
pane-seen = { $target }（此處）
pane-seen-changed = { $target }：干預前 → 後
pane-changed = 干預前 → 後
pane-seen-computing = { $target }，計算中…
pane-says = 它說什麼
pane-reads = 讀的是 { $name }
pane-no-stream = 這裡還沒有殘差流
pane-stopped = 還沒算到這裡就停了：按任意鍵繼續，S、O 或 < 退回
pane-no-tokens = 這個模型不說詞元。它從文字算出 { $end }，也就是最後一步：按 > 去那裡。
pane-entropy = 熵 { $entropy } nats
pane-same-answer = 答案一位也沒變
pane-moved = 變化最大
pane-by-layer = { $token } 逐層
pane-up-to = 最高 { $share } %
pane-after = 之後
pane-at = 位置
pane-entropy-word = 熵
pane-most-likely = 最可能
pane-goes-on = ✓ 文字接下來真正的詞元 · d 看 logits 本身
pane-stands-there = ✓ 那裡真正的詞元 · d 看 logits 本身
pane-looks = { $token } 在看哪裡
pane-looks-head = { $token } 在第 { $head } 頭裡看哪裡

# 看整個模型的畫面。
pane-grid = 透鏡表：在每一層、每個詞元之後，它會說什麼
pane-grid-place = 層 { $layer }/{ $layers } · 詞元 { $token }/{ $tokens }
pane-grid-at = { $name }，{ $token } 之後：
pane-grid-cell = { $token } { $share } % · 熵 { $entropy } nats
pane-grid-rank = { $token } 排第 { $rank }，{ $share } %
pane-rollout = 注意力回溯：這一列在每個區塊之前來自哪裡
pane-rollout-cell = 在第 { $layer } 個區塊之前，{ $token } 的 { $share } 來自 { $from } · { $definition }
pane-attribution = 歸因：每個部分給 logit 加了多少
pane-attribution-sum = { $logit } = { $value } = { $n } 個部分的和
pane-attribution-cell = 第 { $layer } 個區塊，{ $part }：{ $value } · 正規化的尺度固定為這次計算的
pane-part-mlp = 它的 MLP
pane-part-bias = 它的偏置
pane-part-head = 第 { $head } 頭
pane-nothing = 沒有
pane-smaller = 其餘 { $n } 個較小的合計
pane-split = 拆開：這個分數的查詢和鍵各由誰寫成
pane-split-query = 查詢由誰寫成
pane-split-key = 鍵由誰寫成
pane-split-terms = 各項：查詢 × 鍵
pane-others = 其餘 { $n } 個合計
pane-head-map = 各個頭：{ $statistic }
pane-head-map-repeated = 各個頭：{ $statistic }，{ $tokens } 個隨機詞元重複兩遍
pane-head-map-cell = 區塊 { $layer }，頭 { $head }：{ $value } · { $definition }；計入 { $tokens } 個詞元
pane-not-there = 不存在
pane-not-all = 不全：{ $why }
pane-score-here = { $token } { $surprisal } nats，第 { $rank }
pane-score = 平均 { $mean } nats，困惑度 { $perplexity }
pane-score-recorded = 平均 { $mean } nats，困惑度 { $perplexity }（只算記錄下來的）

# 最上面一行。
pane-header-layers = { $n } 層
pane-header-warnings = { $n } 條警告
pane-header-interventions = ✎ { $n } 個干預
pane-header-interventions-on = ✎ { $n } 個干預，開著 { $on } 個
pane-header-place = 計算 { $pass } · { $layer } · 步 { $step }/{ $steps }
pane-header-opening = 開啟中…
pane-header-stopping = 正在停下…
pane-header-stopped = 已停止
pane-header-running = 計算 { $at } { $gauge } { $share } %

# 按鍵或命令做了什麼，顯示在最下面一列。
pane-note-cannot-choose = { $pane } 裡沒有可選的，或者它隱藏著
pane-note-stays = 這個窗格一直都在：z 讓它佔滿畫面，tab 去別的窗格
pane-note-hidden = { $pane } 已隱藏：X 顯示所有窗格
pane-note-density = 值的樣子：{ $way }
pane-note-not-wide = 這個矩陣不寬：各行保持原來的次序
pane-note-largest = 行：所選列裡大的在前 · m 恢復次序
pane-note-plain = 行：原來的次序
pane-note-colours = 顏色：{ $theme }
pane-note-nothing-open = 沒有開啟什麼：q 離開，? 列出按鍵
pane-note-begins = 這次計算從這裡開始：s 往前走
pane-note-ends-token = 這次計算到此為止：t 取下一個詞元
pane-note-ends = 這次計算到此為止
pane-note-no-breakpoint = 一路上沒有斷點：b 在游標處設一個，B 依模式設
pane-note-stopped = 沒算完就停了：按任意鍵繼續
pane-note-next = 下一個詞元：{ $token } · 這是第 { $pass } 次計算，{ $back } · K：留著 { $kept } 個詞元的鍵和值
pane-note-back = ( 退回
pane-note-dropped = { $passes }已丟掉
pane-pass = 第 { $pass } 次計算
pane-passes = 第 { $first } 到 { $last } 次計算
pane-ask-drop = 在這裡換一個詞元會丟掉{ $passes }。要換嗎？
pane-note-changed-by = 被 { $changes } 改過：{ $text }
pane-note-lists-them = { $off }：I 列出干預
pane-note-off = { $change } 已關掉
pane-note-none-left = 沒有干預了：ctrl-r 重做
pane-note-cleared = 沒有干預了：U 把它們拿回來
pane-note-some-on = { $n } 個干預，開著 { $on } 個：I 列出干預
pane-note-interventions = :intervention N 關掉或打開一個 · U 復原上一次改動，ctrl-r 重做 · :clear 全部清掉
pane-interventions = 干預
pane-breakpoints = 斷點
pane-note-breakpoints = :toggle N 關掉或打開一個 · :delete N 或 all 去掉
pane-note-no-breakpoints = 沒有：b 在游標處設一個，break PATTERN 在許多處設
pane-note-breakpoint = 斷點設在 { $name }
pane-note-breakpoint-once = 一次性斷點設在 { $name }
pane-note-breakpoint-many = 斷點設在 { $pattern }：{ $n } 個觀察點
pane-note-breakpoint-many-once = 一次性斷點設在 { $pattern }：{ $n } 個觀察點
pane-note-breakpoint-gone = 斷點去掉了
pane-note-breakpoints-gone = 所有斷點都去掉了
pane-note-deleted = 去掉了 { $name }
pane-once = 一次
pane-warnings = 警告
pane-note-no-warning = 沒有警告
pane-note-no-paste = 沒有可以貼上的地方：e 編輯提示，: 輸入命令
pane-note-no-weight = 這裡不讀權重：q、k、v、attn_out、mlp.pre、正規化和 logits 會讀；:weights 列出全部
pane-note-count = { $n }：下一個鍵按這麼多次 · esc 取消
pane-note-no-count = { $key } 前面不能寫數字
pane-note-no-key = 這個鍵在這裡沒有用
pane-note-key = { $key } 在這裡沒有用：? 列出按鍵
pane-note-found = { $what } · n N 下一個、上一個 · esc 結束查找
pane-note-surprisal = 每個詞元下面是意外程度（nats）和排名 · u 隱藏
pane-note-no-surprisal = 意外程度已隱藏
pane-note-copied = 已複製 { $text }
pane-note-no-copy = 這裡還沒有可複製的
pane-note-large-copy = { $n } 位元組超過了終端機能接受的（{ $most }）：用 save 寫成檔案
pane-note-no-svg = 畫面的圖是 SVG 檔案，而 { $file } 不以 .svg 結尾
pane-note-script = 命令的輸出
pane-thread-ended = 模型的執行緒結束了

# 蓋在窗格上的小窗：標題和底邊的按鍵。
pane-palette = 命令
pane-palette-hint = tab 補全 · ↑ ctrl-r 以前的 · enter 執行 · esc 關閉
pane-palette-earlier = 以前的命令
pane-palette-earlier-hint = ctrl-r 再往前 · enter 執行 · tab 編輯 · esc 返回
pane-prompt = 提示
pane-prompt-hint = enter 執行 · alt-enter、ctrl-j 換行 · esc 關閉
pane-prompt-long = 提示太長，不能在這裡編輯：用 `layerwise --prompt-file FILE` 執行
pane-prompt-lines = { $n } 行
pane-prompt-characters = { $n } 個字元
pane-prompt-unseen = 另有 { $n } 個不顯示但保留
pane-save = 儲存記錄
pane-save-hint = tab 換欄 · enter 寫入 · esc 關閉
pane-save-file = 檔案
pane-save-points = 觀察點
pane-save-replace = { $file } 已經存在：再按 enter 就覆蓋
pane-save-facts = { $passes } 次計算的 { $tensors } 個張量，約 { $bytes }
pane-sure = 確定嗎？
pane-sure-hint = y 是 · n 否
