# 感知器的畫面。

perceptron-diagram = 感知器
perceptron-table = 真值表
perceptron-data = 資料
perceptron-line = 分界線

perceptron-input = 輸入
perceptron-weight = 權重
perceptron-sum = 總和
perceptron-threshold = 門檻

perceptron-legend = ● 1  ○ 0  ✗ 答錯  · 觸發
perceptron-take-data = 按 d 選一組樣本來學習：data and、data or、data xor、data table、data 檔案.csv

# 接下來輪到哪個樣本。
perceptron-progress = 第 { $epoch } 輪 · 下一個樣本 { $next }/{ $samples }
perceptron-data-named = 資料 { $name }（{ $samples }）
perceptron-rate = 學習率 { $rate }
perceptron-name-of = { $name }的名稱
perceptron-weight-of = { $name }的權重
perceptron-sample-of = 樣本 { $row }，{ $column }
# 哪個輸入向右，哪個向上。
perceptron-axes = { $right } →  { $up } ↑

# 每一條說明一個鍵的作用，鍵名寫在前面。
perceptron-key-arrows = 選擇輸入、權重、門檻、列或格子
perceptron-key-space = 讓輸入（或格子裡的值）在 0 和 1 之間切換
perceptron-key-enter = 編輯選取的內容；在真值表裡：讓輸入取這一列的值
perceptron-key-add = 加一個輸入；在資料裡加一個樣本
perceptron-key-remove = 拿掉這個輸入或樣本
perceptron-key-data = 選一組樣本來學習
perceptron-key-epoch = 學到這一輪結束；退回這一輪開頭
perceptron-key-count = 在 s S n N 前面加數字，就做那麼多次
perceptron-key-pane = 下一個窗格，上一個窗格
perceptron-key-zoom = 放大窗格，隱藏它，全部顯示
perceptron-key-command = 輸入指令；上下鍵翻看以前的指令
perceptron-key-colours = 深色、淺色或無色；重畫螢幕
perceptron-key-stop = 暫停程式；在 shell 裡輸入 fg 繼續
perceptron-key-escape = 離開放大，關閉打開的東西

# 它算出什麼，怎樣學習。
perceptron-sum-fires = { $terms } = { $sum }。總和 { $sum } 大於門檻 { $threshold }：觸發，{ $output } = 1。
perceptron-sum-rests = { $terms } = { $sum }。總和 { $sum } 不大於門檻 { $threshold }：不觸發，{ $output } = 0。
perceptron-step = 第 { $epoch } 輪，樣本 { $sample }（共 { $samples } 個）：總和 { $sum } { $compared } 門檻 { $threshold }，所以輸出是 { $output }。
perceptron-step-right = 答案也是 { $output }：什麼都不變。
perceptron-step-gains = 答案是 1：總和太小了。每個權重加上 { $rate } × 它的輸入（{ $changed }），門檻降低 { $rate }（{ $before } → { $after }）。
perceptron-step-loses = 答案是 0：總和太大了。每個權重減去 { $rate } × 它的輸入（{ $changed }），門檻升高 { $rate }（{ $before } → { $after }）。
perceptron-step-no-weight = 輸入全是 0：權重不變
perceptron-start = { $samples } 個樣本，用這些權重有 { $wrong } 個答錯。
perceptron-learning = { $samples } 個樣本裡有 { $wrong } 個答錯。
perceptron-unsettled = 學了 { $epochs } 輪之後，{ $samples } 個樣本裡有 { $wrong } 個答錯。
perceptron-unsettled-never = 它永遠不會收斂：沒有{ $separator }能把這些樣本分開。
perceptron-unsettled-perhaps = 如果有{ $separator }能把樣本分開，它就會收斂：也許沒有，也許還要更久。
perceptron-converged-at-once = 收斂了：{ $samples } 個樣本一開始就全對。
perceptron-converged = 收斂了：第 { $epoch } 輪改動之後，{ $samples } 個樣本全對。
perceptron-never-from-start = 它永遠不會收斂：第 { $to } 輪之後，權重和門檻又和開始時一樣，所以會一直循環下去。沒有{ $separator }能把這些樣本分開。
perceptron-never = 它永遠不會收斂：第 { $to } 輪之後，權重和門檻又和第 { $from } 輪之後一樣，所以會一直循環下去。沒有{ $separator }能把這些樣本分開。
perceptron-offer = 帶一個隱藏層的網路能學會它們：見 layerwise play。
perceptron-contradiction = 樣本 { $a } 和 { $b } 的輸入相同、答案不同：沒有權重能讓兩個都對。
perceptron-no-line-here = 有兩個輸入時才畫分界線。
perceptron-always-fires = 兩個權重都是 0：沒有分界線，總是觸發。
perceptron-never-fires = 兩個權重都是 0：沒有分界線，從不觸發。
perceptron-wrong = 每輪答錯的個數：{ $counts }
perceptron-wrong-from = 從第 { $from } 輪起每輪答錯的個數：{ $counts }

# 一個、兩個、三個和更多輸入時，把樣本分開的東西。
perceptron-separator-point = 一個點
perceptron-separator-line = 一條直線
perceptron-separator-plane = 一個平面
perceptron-separator-hyperplane = 一個超平面

# 錯誤。
perceptron-error-no-input = { $word } 不是輸入：輸入有 { $names }，也可以用從 1 起的序號
perceptron-error-bad-name = { $name } 不能作名字：名字是一行文字，不能是數
perceptron-error-long-name = 名字最多 { $most } 個字符
perceptron-error-name-taken = 另一個輸入已經叫 { $name }
perceptron-error-answer = { $word } 不是答案：答案是 0 或 1
perceptron-error-bad-rate = { $word } 不是學習率：學習率大於 0，最多 1000
perceptron-error-count = 有 { $due } 個輸入，不是 { $given } 個
perceptron-error-many-inputs = 這裡的感知器最多 { $most } 個輸入
perceptron-error-last-input = 最後一個輸入不能去掉
perceptron-error-no-row = 沒有第 { $given } 列：資料有第 1 到第 { $rows } 列
perceptron-error-last-row = 最後一列不能去掉：用 data 加別的名字換一組資料
perceptron-error-many-rows = 這裡一組資料最多 { $most } 個樣本
perceptron-error-no-data = 還沒有資料：data and、data or、data xor、data table 或 data 檔案.csv
perceptron-error-at-start = 還沒有學過樣本：已經在開頭
perceptron-error-many-steps = 已經學了 { $most } 個樣本，再多就不保留了：reset 重新開始
perceptron-error-nothing-to-undo = 沒有可以復原的
perceptron-error-data = { $file }：{ $why }
perceptron-error-write = { $file } 寫不進去：{ $why }
perceptron-error-missing = 沒有這個檔案；資料是 and、or、xor、table 或一個 CSV 檔案
perceptron-error-not-a-file = 它不是普通檔案
perceptron-error-empty = 它是空的：先寫一行名字，再每行一個樣本，最後一項是答案 0 或 1
perceptron-error-only-names = 它只有名字，沒有樣本：每行寫一個樣本，最後一項是答案 0 或 1
perceptron-error-ragged = 第 { $line } 行有 { $found }，而第一行有 { $due }
perceptron-error-one-column = 第 { $line } 行只有一欄：至少要有一個輸入和答案，中間用逗號
perceptron-error-file-inputs = 它有 { $found } 個輸入，而這裡的感知器最多 { $most } 個
perceptron-error-cell = 第 { $line } 行，{ $column } 欄：{ $why }
perceptron-error-header = 第 1 行：{ $why }
perceptron-error-file-rows = 它的樣本超過 { $most } 個；取其中一部分，比如 head -n { $most }
perceptron-error-large = 它超過 { $most } 位元組；取其中一部分，比如 head -n 1000
perceptron-error-not-text = 第 { $line } 行不是 UTF-8 文字
perceptron-error-columns = { $n } 欄
perceptron-error-columns-one = 1 欄

perceptron-help-show = 輸入、權重、門檻、總和與輸出
perceptron-help-inputs = 每個輸入的值，比如 inputs 1 0 1
perceptron-help-input = 一個輸入的值
perceptron-help-toggle = 讓一個輸入在 0 和 1 之間切換
perceptron-help-weight = 一個輸入的權重
perceptron-help-weights = 每個輸入的權重
perceptron-help-threshold = 總和大於它就觸發
perceptron-help-name = 給一個輸入改名
perceptron-help-output = 給輸出改名
perceptron-help-add = 加一個輸入
perceptron-help-remove = 去掉一個輸入
perceptron-help-film = 開頭的例子：要不要去看電影？
perceptron-help-table = 真值表：輸入的所有組合
perceptron-help-data = 用來學習的樣本，權重從 0 開始；table 取真值表；單獨寫就顯示它們
perceptron-help-cell = 改動資料裡的一個數
perceptron-help-append = 加一個樣本；答案是 0 或 1
perceptron-help-delete = 去掉一個樣本
perceptron-help-step = 學下一個樣本，或下 N 個
perceptron-help-back = 退回上一個樣本，或上 N 個
perceptron-help-run = 一直學到收斂，或確定永遠不會收斂
perceptron-help-start = 退回所有樣本
perceptron-help-reset = 權重和門檻歸 0，什麼都沒學
perceptron-help-rate = 輸出錯了時權重挪多遠
perceptron-help-why = 上一個樣本改變了什麼，為什麼
perceptron-help-line = 觸發與不觸發的分界線，兩個輸入時才有
perceptron-help-save = 把資料寫成檔案
perceptron-help-undo = 復原上一次改動
perceptron-help-help = 所有指令
perceptron-help-quit = 離開
