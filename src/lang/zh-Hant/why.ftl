# 一個數為什麼是這個數：它由哪些部分相加而成，各部分怎樣計算。

why-title = 為什麼
why-hint = enter 追問這一項 · w 追問權重 · ← 返回 · p 演示乘積 · esc
why-stored = 儲存值 { $value } · 相差 { $far }
why-far = 儲存值 { $value } · 相差 { $far }，超出捨入誤差
why-not-stored = 這個值沒有儲存
why-unknown = 這裡無法計算
why-covered = 列出 { $all } 項中的 { $shown } 項，占全部加減量的 { $share }
why-rest = 另外 { $count } 項
why-lacking = 這裡沒有：{ $names }。開啟模型本身才有這些數。
why-end = 追問到此為止：這是模型學到的數，不再由別的數算出。
why-no-weight = 這一項沒有可以追問的權重
why-top = 這裡就是提問的起點
why-against = { $at }：{ $branch } 減去本分支
why-in-branch = 分支 { $branch }
why-elsewhere = 矩陣乘積要在它自己的分支裡演示：先 switch 過去。
why-opened = 權重是學來的，不是算出來的：只能追問計算過程中的值。

why-note-frozen-scale = 正規化要除以整列共同決定的尺度。這裡把尺度當作不變，其餘部分就是一個和。
why-note-squares = 每個數以平方計入：它的平方在尺度中占多少。
why-note-capped = 上限把總和壓彎，各項按同一比例縮短。
why-note-masked = 這個查詢不能看這個鍵：無論分數多少，遮罩都在這裡填上 −∞。
why-note-others = 一列的份額總和為 1，所以這一份等於 1 減去其他各項的份額。
why-note-gated = 激活函數只放行一部分，放行多少由這個數自己決定。
why-note-clamped = 閘門先把兩個輸入限制在範圍之內。
why-note-turned = 兩個維度一起旋轉，角度隨位置增大。
why-note-scaled = 總和要乘以一個比例，各項也隨之相乘。
why-note-heads = 每個注意力頭算作一項：它的向量乘以 W_O 中屬於它的那些列。
why-note-chosen = 這是一個專家的編號，按這個分數選出。
why-note-not-chosen = 這個專家沒有被選中，所以沒有份額。
why-note-largest = 取這一行中最大的數。
why-note-changed = 有干預改動了這個值；這裡的和是改動之前運算得出的結果。
why-note-difference = 每個數都是另一分支的值減去這裡的值；兩邊相同的權重才寫出來。
why-note-made-here = 差別不只來自各個運算元：差別從這一步運算開始，或者這裡有改動。
why-note-picked = 索引器為這個查詢選中了這個鍵。
why-note-not-picked = 這個鍵的分數太小，索引器沒有為這個查詢選中它。

why-key-move = 選擇一項
why-key-enter = 追問這一項為什麼是這個數
why-key-weight = 追問它的權重為什麼是這個數
why-key-back = 沿原路返回
why-key-play = 逐項演示矩陣乘積
why-key-close = 關閉
