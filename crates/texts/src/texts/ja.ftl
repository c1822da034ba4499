## Frame of every page

skip = 本文へ移動
site = サイト
nav-tickets = マイチケット
nav-sign-in = ログイン
nav-account = アカウント
nav-organizer = 主催者
nav-sign-out = ログアウト
foot = このチケットサービスは、オープンソースソフトウェアの Onsale で動いています。
preferences = 言語と配色
language = 言語
theme = 配色
theme-system = 端末の設定に合わせる
theme-light = ライト
theme-dark = ダーク
apply = 適用する
show-password = パスワードを表示する
copy = コピーする
copied = コピーしました
cancel = 今はしない
menu = メニュー
do = 操作
errors-title =
    { $count ->
       *[other] 問題が { $count } 件あります
    }
error-prefix = エラー: { $title }
email = メールアドレス
password = パスワード
name = 名前
code = コード
role = 役割

## Welcome

welcome-organize = チケットを販売する

## Signing up

sign-up-title = アカウントの作成
sign-up-lead = チケットを販売したり、ご自分のチケットを1か所にまとめたりできます。
sign-up-name = お名前
sign-up-email-hint = ご本人のアドレスであることを確認するため、コードをお送りします。
password-hint = 15文字以上、または大文字、数字、記号を含む8文字以上にしてください。単語を4つ並べるのがおすすめです。
sign-up-for = 目的
sign-up-organize = イベントを主催する
sign-up-organize-lead = チケットの販売、デザイン、読み取り。
sign-up-attend = イベントに参加する
sign-up-attend-lead = すべてのチケットを一か所に。
sign-up-button = アカウントを作成する
sign-up-have = アカウントをお持ちですか
sign-up-closed = 新しいアカウントは、このサーバーの管理者が作成します。
verify-title = メールをご確認ください
verify-lead = { $email } にメールをお送りしました。メールにあるコードをここに入力するか、リンクを開いてください。どちらも30分間有効です。
verify-code = 6桁のコード
verify-button = 確認する
verify-again = メールが届かない場合は、迷惑メールフォルダーを確認するか、もう一度アカウントを作成してください。
verify-link-title = アドレスの確認
verify-link-lead = ご自身でたった今お申し込みになった場合だけ押してください。心当たりがなければ、このページを閉じてください。
verify-link-used = リンクは使用済みか、30分を過ぎています。ログインするか、もう一度アカウントを作成してください。
verify-link-password = 選んだパスワード
verify-link-other = 別の人が選んだ場合は

## Signing in

sign-in-title = ログイン
sign-in-forgotten = パスワードをお忘れですか
sign-in-button = ログインする
sign-in-new = 初めての方ですか
sign-in-make = アカウントを作成する
sign-in-ticket-title = チケットだけが必要ですか
sign-in-ticket = アカウントは不要です:
sign-in-ticket-link = メールアドレスで探す
sign-in-wrong = アドレスとパスワードが一致しません。
sign-in-code-title = あと1ステップです
sign-in-code-lead = アプリに現在表示されているコード、またはリカバリーコードを入力してください。
sign-in-code = アプリのコードまたはリカバリーコード
sign-in-code-wrong = コードが正しくないか、すでに使用されています。パスワードの入力からやり直してください。
too-many-tries = 試行回数が多すぎます。{ $seconds } 秒後にもう一度お試しください。ご自分のアカウントの場合は、新しいパスワードを設定すると待ち時間がなくなります。

## Forgotten passwords

reset-title = 新しいパスワードの設定
reset-lead = リンクをお送りします。リンクは30分間、1回だけ有効です。
reset-send = リンクを送信する
reset-sent-title = メールをご確認ください
reset-sent-lead = { $email } のアカウントがある場合は、リンクを記載したメールが届きます。
reset-new = 新しいパスワード
reset-button = パスワードを保存する
reset-others = ほかのすべての端末からログアウトします。
reset-used = リンクは使用済みか、30分を過ぎています。新しいリンクを請求してください。
reset-again = 新しいリンクを請求する

## Account

account-title = アカウント
account-profile = プロフィール
account-save = 保存する
account-address = メールアドレス
account-address-now = { $email } でログインしています。
account-address-new = 新しいメールアドレス
account-address-button = 新しいアドレスにコードを送信する
account-address-hint = 新しいアドレスは、確認が済むと有効になります。両方のアドレスにお知らせします。
account-password = パスワード
account-password-now = 現在のパスワード
account-password-new = 新しいパスワード
account-password-hint = ほかのすべての端末からログアウトします。
account-password-button = パスワードを変更する
account-factor = 2段階認証
account-factor-off = 無効です。有効にすると、ログインにスマートフォンのアプリのコードも必要になります。
account-factor-on = 有効です。ログインにはアプリのコードが必要です。
account-factor-codes =
    { $count ->
        [0] リカバリーコードは残っていません。
       *[other] リカバリーコードは残り { $count } 個です。
    }
account-factor-add = 設定する
account-factor-remove = 無効にする
account-sessions = ログイン中の端末
account-sessions-now = このブラウザー
account-sessions-end = ログアウトする
account-sessions-others = ほかのすべての端末からログアウトする
account-device-unknown = 不明な端末
account-data = あなたのデータ
account-data-lead = このサイトが保有する、あなたについてのすべての情報をまとめたファイルです。
account-data-button = データをダウンロードする
account-erase = アカウントを消去する
account-erase-title = アカウントを消去しますか
account-erase-lead = アカウント、セッション、チームへの所属を削除します。お申し込みからは、お名前とアドレスを取り除きます。この操作は元に戻せません。
account-erase-tickets = これからのイベントのチケットは引き続き有効ですが、ここでは開けなくなります。先に保存してください。
account-erase-button = アカウントを消去する
account-erase-keep = 消去しない

## Second factor

factor-title = 2段階認証の設定
factor-password-lead = まずパスワードを入力してください。
factor-next = 次へ
factor-scan = ワンタイムコードのアプリで、このコードを読み取ってください。
factor-code-alt = アプリで読み取るコード
factor-manual = 読み取れない場合は、このキーをアプリに入力してください:
factor-code = アプリに表示されたコード
factor-button = 有効にする
recovery-title = リカバリーコードを保管してください
recovery-lead = スマートフォンをなくしたときに、それぞれ1回だけアプリの代わりに使えます。表示されるのは今だけです。印刷するか、パスワードマネージャーに保存してください。
recovery-done = 保管しました

## My tickets

tickets-title = マイチケット
tickets-coming = これからのイベント
tickets-past = 過去のイベント
tickets-empty = まだ何もありません
tickets-empty-lead = { $email } でのお申し込みは、数秒後にここに表示されます。
tickets-open = 開く
tickets-more = 以前のものを見る
tickets-find-title = チケットを探す
tickets-find-lead = これからのイベントのリンクを、メールアドレスにお送りします。アカウントは不要です。
tickets-find-button = リンクを送信する
tickets-find-sent = { $email } にこれからのイベントのチケットがある場合は、リンクを記載したメールが届きます。
tickets-sign-in = アカウントをお持ちの場合は、ログインするとすべてのチケットを確認できます。
state-confirmed = 確定
state-awaiting-payment = お支払い待ち
state-cancelled = キャンセル済み
state-expired = 未払いのため期限切れ
state-event-cancelled = イベント中止
tickets-count =
    { $count ->
       *[other] チケット { $count } 枚
    }

## A registration, and announcements

registration-cancelled = この申し込みはキャンセルされました。チケットは無効です。
registration-expired = この申し込みは未払いのまま期限切れになりました。お席は再び販売中です。
registration-all = すべてのチケット(PDF)
registration-calendar = カレンダーに追加する
unsubscribe-title = お知らせを停止しますか
unsubscribe-lead = { $organizer } からのお知らせは届かなくなります。ご自身のチケットに関するメールは引き続き届きます。
unsubscribe-button = お知らせを停止する
unsubscribed-title = 停止しました
unsubscribed-lead = { $organizer } からのお知らせは届きません。ご自身のチケットに関するメールは引き続き届きます。

## Invitations

invitation-title = { $organizer } のチームへの参加
invitation-lead = { $inviter } さんが、{ $organizer } のイベントを一緒に運営するようあなたを招待しています。
invitation-role = あなたの役割
invitation-accept = 招待を受ける
invitation-sign-in = この招待は { $email } 宛てです。このアドレスでログインするか、アカウントを作成してください。
invitation-other = この招待は、あなたとは別のアドレス宛てです。そのアドレスでログインしてください。
invitation-used = 招待は使用済みか、取り消されたか、7日を過ぎています。新しい招待を依頼してください。

## Organizer

organizer-title = 主催者
organizers-lead = あなたが所属する主催者です。
organizers-none = まだどの主催者にも所属していません
organizers-none-lead = チケットを販売するには主催者を開設するか、{ $email } を招待するようどなたかに依頼してください。
organizer-open = 主催者を開設する
organizer-open-name = 名前
organizer-open-hint = チケットとメールに表示される名前です。
organizer-open-button = 開設する
organizer-closed = 主催者は、このサーバーの管理者が開設します。
organizer-events = イベント
organizer-events-empty = イベントはまだありません
organizer-events-empty-lead = API で作成してください。ドキュメントは { $docs } にあります。
organizer-event = イベント
organizer-begins = 開始
organizer-state = 状態
organizer-more = この後のものを見る
organizer-switch = 主催者を切り替える
nav-events = すべてのイベント
nav-team = チーム
nav-tokens = API トークン
event-draft = 下書き
event-published = 公開中
event-cancelled = 中止

## Team

team-title = チーム
team-lead = { $organizer } のイベントを運営できるメンバーです。
team-people = メンバー
team-person = メンバー
team-may = 権限
team-signs-in = ログイン方法
team-last-here = 最終アクセス
team-password = パスワード
team-password-code = パスワードとコード
team-never = まだありません
team-invited = 招待中
team-valid-until = リンクの有効期限: { $time }
team-invite = 招待する
team-invite-as = 役割
team-change = 変更する
team-change-title = { $name } さんの役割の変更
team-change-button = 保存する
team-remove = チームから外す
team-remove-lead = { $name } さんは { $organizer } のイベントを開けなくなります。
team-leave = チームを離れる
team-leave-lead = { $organizer } のイベントを開けなくなります。
team-send-again = 再送する
team-withdraw = 取り消す
team-rename = 主催者の名前
team-rename-button = 名前を変更する
role-owner = オーナー
role-owner-may = メンバーとトークンを含むすべて
role-manager = マネージャー
role-manager-may = イベント、レイアウト、お申し込み、ジョブ
role-finance = 経理
role-finance-may = お申し込みと請求書
role-door = 入場係
role-door-may = 名前での参加者の検索
role-viewer = 閲覧者
role-viewer-may = 閲覧のみ、変更は不可

## Tokens

tokens-title = API トークン
tokens-lead = { $organizer } のために動くプログラムに使います。トークンでできるのは、許可された操作だけです。
tokens-new = 新しいトークン
tokens-name-hint = トークンを使うプログラムの名前です。
tokens-may = 許可する操作
tokens-ends = 有効期限
tokens-days =
    { $days ->
       *[other] { $days } 日後
    }
tokens-never = 無期限
tokens-make = トークンを作成する
tokens-copy = 「{ $name }」を今すぐコピーしてください。
tokens-copy-lead = 表示されるのは今回だけです。こちらで保存するのはフィンガープリントだけです。
tokens-token = トークン
tokens-last-used = 最終使用
tokens-not-used = 未使用
tokens-revoke = 失効させる
tokens-revoked = 失効済み
tokens-expired = 期限切れ
tokens-empty = トークンはまだありません
tokens-empty-lead = プログラムが API を使うにはトークンが必要です。
scope-events-write = イベントの作成と変更
scope-layouts-write = チケットのレイアウトの変更
scope-registrations-read = お申し込みと集計の閲覧
scope-registrations-write = お申し込みのキャンセル、支払い済みへの変更、訂正、再送
scope-jobs-write = 全チケットの再作成、アーカイブの作成
scope-audit-read = 変更履歴の閲覧
scope-storage-read = 保存されたファイルへのリンクの取得
scope-invoices-write = 請求書の作成
scope-invoices-read = 請求書のダウンロード
scope-team-read = メンバーとトークンの閲覧
scope-team-write = メンバーの招待と削除、トークンの作成
fault-attendees = は1～{ $most }件にしてください（現在{ $count }件）

## What was done

done-saved = 保存しました。
done-password = パスワードを変更しました。
done-address = 新しいアドレスにコードをお送りしました。
done-verified = アドレスを確認しました。
done-signed-out = ログアウトしました。
done-session = その端末からログアウトしました。
done-factor-removed = 2段階認証が無効になりました。
done-erased = アカウントを消去しました。
done-invited = 招待をお送りしました。
done-withdrawn = 招待は無効になりました。
done-member = 役割を変更しました。
done-removed = メンバーをチームから外しました。
done-left = チームを離れました。
done-joined = チームへようこそ。
done-opened = 主催者を開設しました。
done-renamed = 主催者の名前を変更しました。
done-revoked = トークンを失効させました。

## Events

site-events = イベント
about = このサイトについて
events-title = 開催予定
events-about = これから開催されるイベントとチケット。
events-search = 検索
events-search-hint = イベント名・出演者・会場
events-place = 場所
events-from = 開始日
events-to = 終了日
events-category = カテゴリー
events-all = すべて
events-count = { $count }件見つかりました
events-none = 見つかりませんでした
events-none-lead = 条件に合う開催予定のイベントはありません。別の言葉で検索するか、すべてを表示してください。
events-see-all = すべてのイベントを見る
events-empty = イベントはまだありません
events-empty-lead = 主催者が公開すると、ここに表示されます。
events-more = この先のイベント
events-from-price = { $price }から
events-organize = イベントを主催していますか？
price-free = 無料
event-left = 残り{ $count }
event-sold-out = 完売
event-opens = { $time } 発売
event-opens-title = 発売まで
event-opens-lead = このページは自動で申込フォームに変わります。早く開いても有利にはならず、再読み込みしても不利にはなりません。
event-closed = 販売は終了しました
event-closed-lead = こちらでの販売は終了しました。
event-over = 終了
event-over-lead = イベントは終了しました。
event-sold-out-lead = すべてのチケットがなくなりました。戻る場合もあり、このページは自動で気づきます。
event-cancelled-lead = 主催者がこのイベントを中止しました。チケットをお持ちの方には全員にメールが届きます。
event-draft-lead = このページはチームだけに表示されます。イベントは公開されていません。
event-moved-time = 日時が変更されました。以前の日時：{ $before }
event-moved-place = 会場が変更されました。以前の会場：{ $before }
event-when = { $from } ～ { $to }
event-zone = { $place }の時間（{ $offset }）。
event-for-you = お住まいの時間では{ $time }です。
event-calendar = カレンダーに追加
event-map = 地図を見る
event-tickets = チケット
event-kind = 券種
event-how-many = 枚数
event-fewer = 1枚減らす
event-one-more = 1枚増やす
event-total = 合計
event-get = チケットを申し込む
event-next = 次に、参加者のお名前をうかがいます。
event-have = すでにチケットをお持ちの方はこちら。
event-foot = { $organizer }がOnsaleでこのチケットを販売しています。
unit-days = 日
unit-hours = 時間
unit-minutes = 分
unit-seconds = 秒

## Registering

register-title = どなたが参加しますか？
register-lead = お名前はチケットに印字されます。どの文字でもかまいません。
register-steps = 手順
register-step-done = 完了
register-step-names = お名前
register-step-payment = お支払い
register-step-ready = 完了
register-you = ご本人の情報
register-attendee = 参加者{ $number }
register-contact = （ご連絡先）
register-name = 氏名
register-name-of = 参加者{ $number }の氏名
register-email-of = 参加者{ $number }のメールアドレス
register-email-hint = チケットはこちらに届きます。
register-email-other = ご本人がチケットを探せます。空欄なら、あなたのチケットと一緒に届きます。
register-optional = 任意
register-button = チケットを受け取る
register-hold-button = 席を確保する
register-hint = 次のページにすぐチケットが表示されます。
register-hold-hint = { $minutes }分間確保します。まだ請求はありません。
register-back = イベントに戻る
register-order = ご注文
register-change = 選び直す
register-sold-out = ご希望の枚数は残っていません。何も予約されていません。枚数を減らすか、別の券種をお選びください。
register-closed = 販売は終了しました。何も予約されていません。
register-not-yet = まだ発売されていません。何も予約されていません。
register-other-tab = 別のタブで、別のお名前ですでにチケットを取得しています。メールをご確認ください。さらに必要な場合だけ、もう一度送信してください。
register-busy = アクセスが集中しています。予約も請求もされていません。入力内容は残っています。
register-unknown = 処理できたかまだ分かりません。もう一度送信してください。チケットが二重になることはありません。
register-again = このページは数秒後に自動でもう一度試します。

## Tickets of a registration

order-ready = あなたのチケット
order-ready-lead = 入口でコードを見せてください。この画面でも紙でもかまいません。どちらも通信なしで使えます。
order-held = 席を確保しています
order-held-lead = お支払いが済むと確定します。
order-held-until = { $time }まで確保
order-held-left = 残り{ $time }。過ぎると再び販売されます。
order-held-over = 時間が過ぎました。
order-held-minutes = 席の確保はあと最大{ $minutes }分です。
order-held-pay = お支払いは{ $organizer }が受け付けます。確認できしだい、コードがここに表示されます。
order-held-longer = もう少し時間が必要です
order-cancelled = キャンセル済み
order-expired = 確保は終了しました
order-over = 終了しました
order-event-cancelled = イベントは中止されました
order-code = { $name }さんのコード（入口で読み取り）
order-brightness = 読み取りにくいときは、画面を明るくしてください。
order-send-again = メールを再送する
order-state = 現在の状況
order-mail-queued = メールを送信しています
order-mail-sent = メールを送信しました
order-mail-delivered = メールが届きました
order-mail-delayed = メールが遅れています。再試行しています
order-mail-failed = メールが届きませんでした
order-mail-failed-note = PDFを保存するか、このページを残しておいてください。
order-mail-suppressed = メールは送信されませんでした
order-file-stored = ファイルの準備ができました
order-file-pending = ファイルを保存しています
order-file-pending-note = PDFは今すぐ取得できます。
order-event = イベントについて
order-change = 参加できなくなったら
order-rename = お名前を変更する
order-rename-lead = 変更したチケットには新しいコードが付きます。前のコードは、印刷したものも使えなくなります。
order-rename-until = お名前は{ $time }まで変更できます。
order-rename-button = 変更する
order-keep = このままにする
order-return = チケットを返す
order-return-until = チケットは{ $time }まで返せます。
order-return-paid = お支払い済みです。取り消しと返金は{ $organizer }が行います。
order-return-title = これらのチケットを返しますか？
order-return-lead = コードはすぐに使えなくなり、席は再び販売されます。元に戻せません。
fault-renames-over = お名前はもう変更できません
fault-returns-over = チケットはもう返せません
fault-return-paid = お支払い済みです。返金は主催者が行います
done-renamed-tickets = お名前を変更しました。前のコードは使えません。
done-given-back = チケットを返しました。
done-sent-again = メールをもう一度送信しています。
done-held-longer = 席の確保を延長しました。
register-questions = 主催者からの質問
register-only-if = 「{ $answer }」とお答えの場合のみ。
fault-answer-unknown = はこのイベントの質問ではありません
fault-answer-option = は選択肢から選んでください
fault-answer-number = は数字で入力してください
fault-answer-day = は 2026-12-31 のような日付で入力してください

## Errors

error-404-title = ページが見つかりません
error-404-lead = アドレスに誤りがあるか、ページがなくなった可能性があります。メールのリンクを開いた場合は、リンク全体をコピーしてください。長いリンクはメールソフトで途中で切れることがあります。
error-404-ticket = チケットが見つかりませんか
error-403-title = ここからは送信できません
error-403-lead = フォームが別のサイトのページから送信されたか、時間が経ちすぎています。何も実行されていません。前のページに戻って再読み込みし、もう一度送信してください。
error-429-title = 少しお待ちください
error-429-lead = お使いのネットワークからのリクエストが多すぎます。何も実行されていません。{ $seconds } 秒後にもう一度お試しください。
error-503-title = アクセスが集中しています
error-503-lead = 今回は処理できず、何も実行されていません。{ $seconds } 秒後にもう一度お試しください。再読み込みしても問題ありません。
error-500-title = こちらの不具合です
error-500-lead = サーバーで問題が発生しました。お問い合わせの際は、下の参照番号をお知らせください。
error-409-title = 今はできません
error-retry = もう一度試す
error-reference = 参照番号
error-back = 最初のページに戻る

## Faults of forms. In English, they have the words of the API.

fault-required = 必須です
fault-empty = 空にはできません
fault-too-long = { $limit } 文字以内にしてください(現在 { $count } 文字です)
fault-control = 制御文字は使えません
fault-email = メールアドレスを入力してください
fault-password-short = 15文字以上、または大文字、数字、記号を含む8文字以上にしてください
fault-password-long = 256文字以内にしてください
fault-password-own = お名前やアドレスからは作れません
fault-password-known = 推測に使われるパスワードとして知られています
fault-password-wrong = あなたのパスワードと一致しません
fault-code-wrong = 現在のコードと一致しません
fault-stale-setup = このアカウントのものではないため、最初からやり直してください
fault-name-taken = 別の主催者の名前です
fault-member = すでにメンバーのアドレスです
fault-role = オーナー、マネージャー、経理、入場係、閲覧者のいずれかにしてください
fault-language = 英語、ドイツ語、フランス語、スペイン語、ポルトガル語、ヒンディー語、アラビア語、日本語のいずれかにしてください
fault-token-name = 改行なしの1〜100文字にしてください
fault-one-entry = 1つ以上の項目が必要です
fault-no-owner = チームにオーナーがいなくなるため、先にほかのメンバーをオーナーにしてください
fault-sole-owner = あなたは { $names } の唯一のオーナーであるため、先にほかのメンバーをオーナーにしてください
fault-other-account = 別のアカウントのアドレスです
fault-invitations = 未回答の招待、または直近1時間にこのアドレスへ送った招待が多すぎます
fault-owned = あなたがオーナーの主催者は、上限の { $most } 件に達しています
fault-tokens = この主催者の有効なトークンは、上限の { $most } 個に達しています
fault-factor-present = 2段階認証はすでに設定されています
fault-no-accounts = 新しいアカウントは、このサーバーの管理者が作成します
fault-no-organizers = 主催者は、このサーバーの管理者が開設します
fault-forbidden = あなたの役割では許可されていません
