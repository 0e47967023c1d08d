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
