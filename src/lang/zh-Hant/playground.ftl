# 遊樂場的畫面。

playground-title = 遊樂場
playground-data = 資料
playground-network = 網路
playground-features = 特徵
playground-output = 輸出
playground-training = 訓練
playground-test = 測試
playground-loss = 損失
playground-accuracy = 準確率

# 控制列：先是按鈕，然後名稱在上、值在下；窄螢幕用短名。
playground-run = ▶ 執行
playground-pause = ‖ 暫停
playground-step = ▷ 一步
playground-reset = ↺ 重來
playground-epoch = 輪次
playground-speed = 速度
playground-full-speed = 全速
playground-learning-rate = 學習率
playground-learning-rate-short = 學習率
playground-activation = 激勵函數
playground-activation-short = 激勵
playground-regularization = 正則化
playground-regularization-short = 正則
playground-regularization-rate = 正則化率
playground-regularization-rate-short = 正則率
playground-problem = 問題
playground-classification = 分類
playground-classification-short = 分類
playground-regression = 迴歸
playground-regression-short = 迴歸
playground-none = 無

# 資料欄。
playground-set-circle = 圓環
playground-set-xor = 互斥或
playground-set-gauss = 高斯
playground-set-spiral = 螺旋
playground-set-reg-plane = 平面
playground-set-reg-gauss = 高斯
playground-own = 自己的點
playground-own-points = 自己的 { $n }
playground-ratio = 訓練資料
playground-ratio-short = 訓練
playground-noise = 雜訊
playground-batch = 批次大小
playground-batch-short = 批次
playground-regenerate = ↻ 換資料
playground-regenerate-short = ↻ 換資料
playground-seed = 種子
playground-stop = 停止
playground-no-stop = 無

# 網路和輸出。
playground-layers = { $n } 個隱藏層
playground-show-test = 顯示測試資料
playground-show-test-short = 測試
playground-discretize = 只看正負
playground-feature-shown = 特徵 { $name }
playground-neuron = 第 { $layer } 層神經元 { $neuron }
playground-points = 訓練點 { $train }，測試點 { $test }
playground-running = 執行中
playground-working = 處理中 …
playground-rate = 每秒 { $n } 輪

# 網路下方，說明選取的東西。
playground-weight = 權重 { $value }：{ $input } → { $neuron }
playground-bias = 偏置 { $value }：{ $neuron }
playground-weight-of = { $neuron }，{ $input } 的權重
playground-bias-of = { $neuron }的偏置
playground-hidden-layers = 各層神經元數
playground-dead = L1 已讓它永遠為零；改一次它就恢復
playground-feature-on = 特徵 { $name } 是輸入
playground-feature-off = 特徵 { $name } 沒有啟用
playground-about-run = 一輪一輪地訓練；每一輪把所有訓練點用一遍，一批接一批。
playground-about-step = 訓練一輪。S 退回一輪，i 在一輪之內走一步。
playground-about-reset = 回到第 0 輪，資料和初始權重不變。
playground-about-speed = 每秒訓練幾輪。訓練在自己的執行緒裡進行，全速時畫面也流暢。
playground-about-regenerate = 換一個種子，用新的資料和權重重新開始。
playground-about-stop = 滿足這個條件就停止執行：train < 0.01、test < 0.01、test stalls 20、off。
playground-about-own = CSV 檔案裡的點：每列是 x、y 和標籤。「csv scaled 檔案」把它們移進平面。
playground-about-dataset = 網路要學的點。
playground-about-layers = 隱藏層，0 到 6 層。
playground-about-width = 這一層的神經元，1 到 8 個。
playground-about-output = 網路對平面上每一處給出的答案，上面是訓練資料的點。
playground-about-learningRate = 每一步沿梯度的反方向走多遠。
playground-about-activation = 每個隱藏神經元怎樣由總和得到輸出。
playground-about-regularization = 把權重拉向零：L1 每次拉同樣多，L2 按權重的大小拉。
playground-about-regularizationRate = 這種拉力有多強。
playground-about-problem = 分成兩類，或者平面上每一處一個數。
playground-about-percTrainData = 每一百個點裡用來訓練的個數；其餘的點檢驗學得怎樣。
playground-about-noise = 點偏離多遠，0 到 50。
playground-about-batchSize = 多少個點的梯度取平均，更新一次。
playground-about-seed = 資料、次序和初始權重都由這段文字抽出。
playground-about-showTestData = 顯示不參加訓練的點，用方塊表示。
playground-about-discretize = 只顯示值的正負。

# 一輪之內的一步：標題，然後是帶數字的各行。
playground-forward = 點 { $point } · 第 { $layer } 層前向 · { $activation }(偏置 + Σ 權重·輸入)
playground-loss-step = 點 { $point } · 損失 · ½(輸出 − 標籤)²
playground-loss-is = 損失 = { $formula }
playground-loss-slope = ∂損失/∂輸出 = { $formula }
playground-backward = 點 { $point } · 第 { $layer } 層反向 · ∂/∂總和 = ∂/∂輸出 · { $activation }′；∂/∂權重 = ∂/∂總和 · 輸入
playground-update = 更新 · 權重 − { $rate } · { $points } 個點的平均梯度
playground-updated = 偏置 { $bias }；{ $weights }
playground-epoch-ends = 第 { $epoch } 輪結束
playground-more-lines = 按 e 看全部
playground-no-details = 還沒有在一輪之內走過；按 i 走一步

# 訊息。
playground-stopped = 停止：{ $condition }
playground-copied = 已複製 { $link }
playground-undone = 已復原；第 { $epoch } 輪
playground-ended = 訓練執行緒已經結束；它說的話在上面
playground-setting = 設定它
playground-commands-help = 全部按鍵和指令
playground-quit = 離開

# 每一條說明一個鍵的作用，鍵名寫在前面。
playground-key-run = 執行和暫停
playground-key-step = 前進一輪，退回上一輪開頭
playground-key-count = 在 s、S、i 前面加數字，就做那麼多次
playground-key-inside = 在一輪之內走一步：一層前向，損失，一層反向，一次更新
playground-key-details = 那一步的全部數字
playground-key-speed = 慢一點，快一點：每秒 1、10、60、300 輪，或者全速
playground-key-reset = 重來：同一個種子，第 0 輪
playground-key-regenerate = 換資料：新的種子，新的資料和權重
playground-key-undo = 復原上一次改動、執行或一步
playground-key-arrows = 選擇控制項、特徵、神經元、輸出
playground-key-part = 畫面的下一部分，上一部分
playground-key-enter = 對選取的東西：切換它，選它的值，或者進入神經元的權重；在權重上：編輯它
playground-key-change = 下一個值和上一個值；一層的神經元；權重加減 0.1
playground-key-layers = 少一個隱藏層，多一個隱藏層
playground-key-shown = 顯示測試資料；只看正負
playground-key-problem = 分類或迴歸
playground-key-zoom = 曲面佔滿寬度
playground-key-copy = 複製帶有這些設定的 playground.tensorflow.org 連結
playground-key-own = CSV 檔案裡你自己的點
playground-key-command = 輸入指令；tab 補全，上鍵和 ctrl-r 翻看以前的指令
playground-key-colours = 深色、淺色或無色；重畫螢幕
playground-key-stop = 暫停程式；在 shell 裡輸入 fg 繼續
playground-key-mouse = 選神經元、線或值；再點一次就執行；滾輪改變值
playground-key-escape = 關閉打開的東西，離開神經元的權重，離開放大

# 底行的提示，按鍵後面跟一兩個詞。
playground-hint-act = 執行
playground-hint-inside = 輪內
playground-hint-part = 部分
playground-hint-regenerate = 換資料
playground-hint-copy = 複製連結
playground-hint-speed = 速度
playground-hint-choose = 選擇
playground-hint-change = 改變
playground-hint-take = 採用
playground-hint-layers = 層
playground-hint-neurons = 神經元
playground-hint-weights = 權重
playground-hint-neuron = 神經元
