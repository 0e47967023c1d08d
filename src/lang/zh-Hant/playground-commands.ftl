# 遊樂場的命令：說明、回答和錯誤。命令、設定和檔案的名字不譯。

playground-help-show = 輪次、損失、準確率和混淆矩陣，或 R²
playground-help-run = 訓練；不寫數字就訓練到滿足停止條件
playground-help-step = 訓練一輪
playground-help-into = 在一輪之內走一步：一層前向、損失、一層反向、一次更新
playground-help-back = 退回幾輪；在一輪之內就退到它的開頭
playground-help-reset = 種子不變，回到第 0 輪
playground-help-regenerate = 換一個種子，重新開始
playground-help-undo = 復原上一次改動、執行或單步
playground-help-weights = 所有偏置和權重
playground-help-weight = 改一個權重；都從 1 數起
playground-help-bias = 改一個偏置
playground-help-data = 訓練資料和測試資料開頭的幾個點
playground-help-value = 每個神經元從一個點算出什麼
playground-help-surface = 一個神經元或輸出在整個平面上算出什麼
playground-help-settings = 每項設定和它的值；設定的名字就是修改它的命令
playground-help-link = 帶著這些設定的 playground.tensorflow.org 連結
playground-help-open = 用連結裡的設定重新開始
playground-help-csv = 用自己的點重新開始：每列是 x、y、標籤
playground-help-stop = 「train < 0.01」「test < 0.01」「test stalls 20」或 off
playground-help-save = 把一切存進檔案
playground-help-load = 接著檔案裡存的繼續
playground-help-export = 把損失、點、權重或曲面寫成 CSV
playground-help-svg = 畫成一張圖
playground-help-names = 設定：{ $names }

# 回答。數字保留所有位數。
playground-said-seed = 種子 { $seed }
playground-said-no-stop = 沒有停止條件
playground-said-opened = 已開啟
playground-said-points = { $n } 個點
playground-said-saved = 已存為 { $file }
playground-said-loaded = 已讀入 { $file }
playground-said-losses = 第 { $epoch } 輪：訓練損失 { $train }，測試損失 { $test }
playground-said-inside = 第 { $epoch } 輪又 { $points } 個點：訓練損失 { $train }，測試損失 { $test }
playground-said-accuracy = { $set }：準確率 { $share } %；+1 判為 +1 有 { $pp } 個，判為 -1 有 { $pm } 個；-1 判為 +1 有 { $mp } 個，判為 -1 有 { $mm } 個
playground-said-set = { $set }，{ $n } 個點
playground-said-point = ({ $x }, { $y }) 標籤 { $label }，輸出 { $output }
playground-said-layer = 第 { $layer } 層：{ $numbers }
playground-said-shades = ▓ 不小於 0.5，▒ 大於 0，· 小於 0，- 小於 -0.5
playground-said-stop = 停止條件：{ $condition }
playground-said-neuron = 第 { $layer } 層神經元 { $neuron }：偏置 { $bias }
playground-said-forward = 點 { $point }，第 { $layer } 層前向
playground-said-backward = 點 { $point }，第 { $layer } 層反向
playground-said-forward-neuron = 神經元 { $neuron }：{ $terms }
playground-said-loss = 點 { $point }，損失 { $loss }；對輸出的導數 { $slope }
playground-said-backward-neuron = 神經元 { $neuron }：{ $slope }，即偏置的導數
playground-said-backward-weight = 權重：{ $slope }
playground-said-update = 用 { $points } 個點的平均導數更新，學習率 { $rate }
playground-said-updated-weight = 權重 { $moved }
playground-said-regularised = 正則化 { $x }
playground-said-link-own = 連結裡放不下自己的點
playground-said-link-activation = 那個網站沒有這個激勵函數
playground-said-outside = { $n } 個點落在畫出的平面（-6 到 6）之外；「csv scaled 檔案」把它們移進來

# 錯誤。
playground-near = ；是不是 { $name }？
playground-noun-problem = 問題
playground-noun-regularization = 正則化
playground-noun-classes = 用於分類的資料集
playground-noun-surface = 用於迴歸的資料集
playground-noun-figure = 可匯出的資料
playground-noun-activation = 激勵函數
playground-error-choice = { $noun }裡沒有 { $word }，有的是 { $names }
playground-error-file = { $name } 後面要寫檔名
playground-error-usage = 用法：{ $usage }，{ $help }
playground-error-setting-usage = 用法：{ $name } VALUE，設定 { $key }
playground-error-command = 沒有這個命令{ $near }；help 列出所有命令
playground-error-setting = 沒有這項設定{ $near }
playground-error-none = 要一個不小於 1 的數
playground-error-most = { $n } 太多了：一次最多 { $most }
playground-error-no-count = { $word } 不是不小於 1 的整數
playground-error-not-finite = { $word } 不是有限的數
playground-error-run = run 後面要寫訓練幾輪，或者先用 stop 設停止條件
playground-error-undo = 沒有可以復原的
playground-error-back = 只訓練過 { $n } 輪
playground-error-not-kept = 第 { $first } 輪以前的已經不留著了；reset 回到第 0 輪
playground-error-diverged = { $found }；back 回到前一輪，reset 回到第 0 輪
playground-error-layer = 沒有第 { $layer } 層：共有 { $layers } 層，最後一層是輸出
playground-error-neuron = 第 { $layer } 層沒有神經元 { $neuron }：它有 { $neurons } 個
playground-error-input = 第 { $layer } 層沒有輸入 { $input }：它有 { $inputs } 個
playground-error-switch = { $word } 既不是 true 也不是 false
playground-error-range = { $word } 超出範圍：要 { $least } 到 { $most } 的數
playground-error-range-whole = { $word } 超出範圍：要 { $least } 到 { $most } 的整數
playground-error-number = { $word } 不是數：要 { $least } 到 { $most } 的數
playground-error-number-whole = { $word } 不是數：要 { $least } 到 { $most } 的整數
playground-error-width = { $word } 不能作一層的寬度：一層有 1 到 { $most } 個神經元
playground-error-deep = { $n } 個隱藏層太多了：可以有 0 到 { $most } 個
playground-error-seed-empty = 種子至少要有一個字元
playground-error-seed = { $word } 不能放進連結：種子裡不能有空格、&、= 和 #
playground-error-stop = 停止條件是「train < 0.01」「test < 0.01」「test stalls 20」或 off
playground-error-loss = { $word } 不能作損失：要一個大於零的數
playground-error-epochs = { $word } 不是輪數

# 連結的錯誤。
playground-error-no-link = { $text } 不是遊樂場的連結：連結裡有 #，後面是 key=value&key=value
playground-error-link = 連結裡的 { $key }：{ $why }
playground-link-hides = 連結：{ $key } 要隱藏的東西不存在{ $near }
playground-link-unknown = 連結：不認識 { $key }{ $near }
playground-link-feature = 連結：{ $key } 不是特徵，那個網站上也不是

# 點的檔案的錯誤。
playground-error-no-file = { $file }：不是普通檔案
playground-error-row = { $file }，第 { $line } 行：{ $why }
playground-error-few = { $file }：{ $n } 個點太少：至少要 { $least } 個
playground-error-many = { $file }：超過 { $most } 個點：抽一部分來用，例如 shuf -n { $most } 的輸出
playground-error-columns = 一列是 x、y、標籤，這一列有 { $n } 個欄位；更多的欄要靠標題列裡的名字 x、y 和 label 來選
playground-error-no-field = 這一列沒有 { $name }：它有 { $fields } 個欄位，不是 { $due } 個
playground-error-fields = 這一列有 { $fields } 個欄位，不是 3 個
playground-error-field-finite = { $name } 是 { $field }，不是有限的數
playground-error-field-empty = { $name } 是空的
playground-error-field = { $name } 是 { $field }，不是數
playground-error-label = 標籤 { $label } 不是類別：類別是 -1 和 1，或 0 和 1；problem regression 接受任何數
playground-error-labels = 標籤裡 -1 和 0 都有：類別是 -1 和 1，或 0 和 1；problem regression 接受任何數

# 存檔的錯誤。
playground-error-unready = 沒有存：{ $why }
playground-error-unready-point = 一個點正走到一半；用 into 走完它
playground-error-unready-number = 有一個數不是有限的；back 回到前一輪
playground-error-save-json = { $file }：不是遊樂場的存檔：{ $why }
playground-error-save-ordinary = 不是普通檔案
playground-error-save-large = 超過 { $most } 位元組
playground-error-save-version = 格式是 { $version }；本程式讀格式 { $due }
playground-error-save-few = 點太少
playground-error-save-layers = 它的各層和它的連結不符
playground-error-save-losses = 它的損失和它的輪數不符
playground-error-save-points = 它數的點比可能有的還多

# 一個數變得不再有限：在哪裡、變成什麼、為什麼。
playground-diverged = 第 { $epoch } 輪，點 { $point }：第 { $layer } 層神經元 { $neuron } 的{ $what }變成了 { $value }：{ $because }
playground-diverged-sum = 總和
playground-diverged-output = 輸出
playground-diverged-loss = 損失
playground-diverged-by-sum = 對總和的導數
playground-diverged-by-weight = 某個權重的導數
playground-diverged-bias = 偏置
playground-diverged-weight = 某個權重
playground-diverged-forward = 它的權重大到 { $weight }，輸入大到 { $input }，沒有數裝得下它們的和
playground-diverged-backward = 損失對它的輸出的導數是 { $by }，激勵函數的斜率是 { $slope }
playground-diverged-update = 它原來是 { $before }，減去了學習率 { $rate } 乘以 { $points } 個點的平均導數 { $gradient }
playground-diverged-after = 這一輪最後一次更新之後，它的權重大到 { $weight }
playground-diverged-square = 輸出是 { $output }，沒有數裝得下它的平方
