## Frame of every page

skip = الانتقال إلى المحتوى
site = الموقع
nav-tickets = تذاكري
nav-sign-in = تسجيل الدخول
nav-account = الحساب
nav-organizer = المنظّم
nav-sign-out = تسجيل الخروج
foot = التذاكر من Onsale، برنامج مفتوح المصدر.
preferences = اللغة والألوان
language = اللغة
theme = الألوان
theme-system = حسب الجهاز
theme-light = فاتحة
theme-dark = داكنة
apply = تطبيق
show-password = إظهار كلمة المرور
copy = نسخ
copied = تم النسخ
cancel = ليس الآن
menu = القائمة
do = إجراءات
errors-title =
    { $count ->
        [zero] لا توجد مشكلات
        [one] هناك مشكلة واحدة
        [two] هناك مشكلتان
        [few] هناك { $count } مشكلات
        [many] هناك { $count } مشكلة
       *[other] هناك { $count } مشكلة
    }
error-prefix = خطأ: { $title }
email = عنوان البريد
password = كلمة المرور
name = الاسم
code = الرمز
role = الدور

## Welcome

welcome-organize = بيع التذاكر

## Signing up

sign-up-title = إنشاء حساب
sign-up-lead = لبيع التذاكر، أو لجمع كل تذاكرك في مكان واحد.
sign-up-name = اسمك
sign-up-email-hint = نرسل رمزًا للتأكد من أن العنوان لك.
password-hint = 15 حرفًا أو أكثر؛ أو 8 أحرف منها حرف لاتيني كبير ورقم وعلامة خاصة. أربع كلمات تصنع كلمة مرور جيدة.
sign-up-for = لأي غرض؟
sign-up-organize = أنظّم فعاليات
sign-up-organize-lead = بيع التذاكر وتصميمها ومسحها.
sign-up-attend = أحضر فعاليات
sign-up-attend-lead = كل التذاكر في مكان واحد.
sign-up-button = إنشاء الحساب
sign-up-have = لديك حساب بالفعل؟
sign-up-closed = ينشئ مشغّل هذا الخادم الحسابات الجديدة.
verify-title = تحقّق من بريدك
verify-lead = أرسلنا رسالة إلى { $email }. أدخل رمزها هنا أو افتح رابطها. كلاهما صالح لمدة 30 دقيقة.
verify-code = رمز من ستة أرقام
verify-button = تأكيد
verify-again = لم تصلك رسالة؟ ابحث في مجلد الرسائل غير المرغوب فيها، أو أنشئ الحساب من جديد.
verify-link-title = تأكيد عنوانك
verify-link-lead = اضغط فقط إذا كنت أنت من طلب هذا الآن. إذا طلبه شخص آخر، فأغلق هذه الصفحة.
verify-link-used = استُخدم الرابط أو مضى عليه أكثر من 30 دقيقة. سجّل الدخول، أو أنشئ الحساب من جديد.
verify-link-password = كلمة المرور التي اخترتها
verify-link-other = هل اختارها شخص آخر؟

## Signing in

sign-in-title = تسجيل الدخول
sign-in-forgotten = نسيت كلمة المرور؟
sign-in-button = تسجيل الدخول
sign-in-new = جديد هنا؟
sign-in-make = إنشاء حساب
sign-in-ticket-title = تريد تذكرتك فقط؟
sign-in-ticket = لا تحتاج إلى حساب:
sign-in-ticket-link = ابحث عنها بعنوان بريدك
sign-in-wrong = العنوان وكلمة المرور غير متطابقين.
sign-in-code-title = خطوة أخرى
sign-in-code-lead = أدخل الرمز الذي يعرضه تطبيقك الآن، أو أحد رموز الاسترداد.
sign-in-code = رمز التطبيق أو رمز استرداد
sign-in-code-wrong = الرمز غير صحيح أو سبق استخدامه. ابدأ من جديد بكلمة مرورك.
too-many-tries = محاولات كثيرة جدًا. يمكنك المحاولة من جديد بعد { $seconds } ث. إن كان الحساب لك، فاختر كلمة مرور جديدة: هذا ينهي الانتظار.

## Forgotten passwords

reset-title = اختيار كلمة مرور جديدة
reset-lead = نرسل إليك رابطًا صالحًا لمدة 30 دقيقة ولمرة واحدة.
reset-send = إرسال الرابط
reset-sent-title = تحقّق من بريدك
reset-sent-lead = إن كان للعنوان { $email } حساب، فستصل إليه رسالة تحتوي على رابط.
reset-new = كلمة المرور الجديدة
reset-button = حفظ كلمة المرور
reset-others = سيتم تسجيل خروجك من كل الأماكن الأخرى.
reset-used = استُخدم الرابط أو مضى عليه أكثر من 30 دقيقة. اطلب رابطًا جديدًا.
reset-again = طلب رابط جديد

## Account

account-title = الحساب
account-profile = معلومات عنك
account-save = حفظ
account-address = عنوان البريد
account-address-now = تسجّل الدخول بالعنوان { $email }.
account-address-new = عنوان البريد الجديد
account-address-button = إرسال رمز إلى العنوان الجديد
account-address-hint = يسري العنوان الجديد بعد أن تؤكده. ونُعلم العنوانين بذلك.
account-password = كلمة المرور
account-password-now = كلمة المرور الحالية
account-password-new = كلمة المرور الجديدة
account-password-hint = سيتم تسجيل خروجك من كل الأماكن الأخرى.
account-password-button = تغيير كلمة المرور
account-factor = العامل الثاني
account-factor-off = متوقف. عند تشغيله يحتاج تسجيل الدخول أيضًا إلى رمز من تطبيق على هاتفك.
account-factor-on = قيد التشغيل. يحتاج تسجيل الدخول إلى رمز من تطبيقك.
account-factor-codes =
    { $count ->
        [0] لم يبق أي رمز استرداد.
        [zero] لم يبق أي رمز استرداد.
        [one] بقي رمز استرداد واحد.
        [two] بقي رمزا استرداد.
        [few] بقيت { $count } رموز استرداد.
        [many] بقي { $count } رمز استرداد.
       *[other] بقي { $count } رمز استرداد.
    }
account-factor-add = إعداد
account-factor-remove = إيقاف
account-sessions = أماكن تسجيل دخولك
account-sessions-now = هذا المتصفح
account-sessions-end = تسجيل الخروج
account-sessions-others = تسجيل الخروج من كل الأماكن الأخرى
account-device-unknown = جهاز غير معروف
account-data = بياناتك
account-data-lead = ملف يضم كل ما هو معروف عنك هنا.
account-data-button = تنزيل بياناتي
account-erase = مسح الحساب
account-erase-title = هل تريد مسح الحساب؟
account-erase-lead = يُحذف حسابك وجلساتك وعضويتك في الفرق، ويُزال اسمك وعنوانك من تسجيلاتك. لا يمكن التراجع عن ذلك.
account-erase-tickets = تبقى تذاكر الفعاليات القادمة صالحة، لكنك لن تتمكن من فتحها هنا بعد ذلك. احفظها أولًا.
account-erase-button = مسح حسابي
account-erase-keep = الاحتفاظ به

## Second factor

factor-title = إعداد العامل الثاني
factor-password-lead = أدخل كلمة مرورك أولًا.
factor-next = التالي
factor-scan = امسح هذا الرمز ضوئيًا بتطبيق للرموز ذات الاستخدام الواحد.
factor-code-alt = رمز لتطبيقك
factor-manual = تعذّر المسح الضوئي؟ اكتب هذا المفتاح في التطبيق:
factor-code = الرمز الذي يعرضه التطبيق
factor-button = تشغيل
recovery-title = احفظ رموز الاسترداد هذه
recovery-lead = يحل كل رمز منها محل التطبيق مرة واحدة إذا فقدت هاتفك. لن تظهر إلا الآن: اطبعها أو ضعها في مدير كلمات المرور.
recovery-done = لقد حفظتها

## My tickets

tickets-title = تذاكري
tickets-coming = القادمة
tickets-past = السابقة
tickets-empty = لا شيء بعد
tickets-empty-lead = تظهر هنا التسجيلات بالعنوان { $email } بعد إجرائها ببضع ثوانٍ.
tickets-open = فتح
tickets-more = عرض الأقدم
tickets-find-title = البحث عن تذاكرك
tickets-find-lead = نرسل روابط فعالياتك القادمة إلى عنوان بريدك. لا تحتاج إلى حساب.
tickets-find-button = إرسال الروابط
tickets-find-sent = إن كانت للعنوان { $email } تذاكر لفعاليات قادمة، فستصل إليه رسالة تحتوي على روابطها.
tickets-sign-in = لديك حساب؟ سجّل الدخول لترى كل تذاكرك.
state-confirmed = مؤكَّد
state-awaiting-payment = بانتظار الدفع
state-cancelled = ملغى
state-expired = انتهت مهلته دون دفع
state-event-cancelled = أُلغيت الفعالية
tickets-count =
    { $count ->
        [zero] لا تذاكر
        [one] تذكرة واحدة
        [two] تذكرتان
        [few] { $count } تذاكر
        [many] { $count } تذكرة
       *[other] { $count } تذكرة
    }

## A registration, and announcements

registration-cancelled = أُلغي هذا التسجيل، وتذاكره غير صالحة.
registration-expired = انتهى هذا التسجيل دون دفع، ومقاعده معروضة للبيع من جديد.
registration-all = كل التذاكر (PDF)
registration-calendar = إضافة إلى تقويمي
unsubscribe-title = لا مزيد من الإعلانات؟
unsubscribe-lead = لن تصلك إعلانات أخرى من { $organizer }. وستظل تصلك الرسائل الخاصة بتذاكرك.
unsubscribe-button = لا مزيد من الإعلانات
unsubscribed-title = تم
unsubscribed-lead = لم تعد تصلك إعلانات من { $organizer }. وستظل تصلك الرسائل الخاصة بتذاكرك.

## Invitations

invitation-title = الانضمام إلى فريق { $organizer }
invitation-lead = يدعوك { $inviter } إلى العمل على فعاليات { $organizer }.
invitation-role = دورك
invitation-accept = قبول
invitation-sign-in = الدعوة موجّهة إلى { $email }. سجّل الدخول بهذا العنوان، أو أنشئ حسابًا به.
invitation-other = الدعوة موجّهة إلى عنوان غير عنوانك. سجّل الدخول بذلك العنوان.
invitation-used = استُخدمت الدعوة أو سُحبت أو مضى عليها أكثر من سبعة أيام. اطلب دعوة جديدة.

## Organizer

organizer-title = المنظّم
organizers-lead = المنظّمون الذين تعمل لديهم.
organizers-none = لا تعمل لدى أي منظّم بعد
organizers-none-lead = أنشئ منظّمًا لبيع التذاكر، أو اطلب من أحدهم دعوة { $email }.
organizer-open = إنشاء منظّم
organizer-open-name = الاسم
organizer-open-hint = كما يظهر على التذاكر وفي الرسائل.
organizer-open-button = إنشاء
organizer-closed = ينشئ مشغّل هذا الخادم المنظّمين.
organizer-events = الفعاليات
organizer-events-empty = لا فعاليات بعد
organizer-events-empty-lead = أنشئ فعالية باستخدام API؛ تجد الوثائق على { $docs }.
organizer-event = الفعالية
organizer-begins = البداية
organizer-state = الحالة
organizer-more = عرض اللاحقة
organizer-switch = تغيير المنظّم
nav-events = كل الفعاليات
nav-team = الفريق
nav-tokens = رموز API المميّزة
event-draft = مسودة
event-published = منشورة
event-cancelled = ملغاة

## Team

team-title = الفريق
team-lead = الأشخاص الذين يمكنهم العمل على فعاليات { $organizer }.
team-people = الأشخاص
team-person = الشخص
team-may = الصلاحيات
team-signs-in = وسيلة تسجيل الدخول
team-last-here = آخر زيارة
team-password = كلمة المرور
team-password-code = كلمة المرور والرمز
team-never = ليس بعد
team-invited = تمت دعوته
team-valid-until = الرابط صالح حتى { $time }
team-invite = دعوة
team-invite-as = بدور
team-change = تغيير
team-change-title = تغيير دور { $name }
team-change-button = حفظ
team-remove = إزالة من الفريق
team-remove-lead = لن يتمكن { $name } من فتح فعاليات { $organizer } بعد ذلك.
team-leave = مغادرة الفريق
team-leave-lead = لن تتمكن من فتح فعاليات { $organizer } بعد ذلك.
team-send-again = إعادة الإرسال
team-withdraw = سحب الدعوة
team-rename = اسم المنظّم
team-rename-button = تغيير الاسم
role-owner = مالك
role-owner-may = كل شيء، ومنه الأشخاص والرموز المميّزة
role-manager = مدير
role-manager-may = الفعاليات والتصاميم والتسجيلات والمهام
role-finance = مسؤول مالي
role-finance-may = التسجيلات والفواتير
role-door = موظف بوابة
role-door-may = البحث عن الأشخاص بالاسم
role-viewer = مُطّلع
role-viewer-may = الاطّلاع دون تغيير أي شيء

## Tokens

tokens-title = رموز API المميّزة
tokens-lead = للبرامج التي تعمل لصالح { $organizer }. لا يفعل الرمز المميّز إلا ما هو مسموح له.
tokens-new = رمز مميّز جديد
tokens-name-hint = اسم البرنامج الذي يستخدمه.
tokens-may = المسموح له
tokens-ends = الانتهاء
tokens-days =
    { $days ->
        [zero] اليوم
        [one] بعد يوم واحد
        [two] بعد يومين
        [few] بعد { $days } أيام
        [many] بعد { $days } يومًا
       *[other] بعد { $days } يوم
    }
tokens-never = لا ينتهي
tokens-make = إنشاء الرمز المميّز
tokens-copy = انسخ «{ $name }» الآن.
tokens-copy-lead = يظهر هذه المرة فقط؛ ولا نحتفظ إلا ببصمته.
tokens-token = الرمز المميّز
tokens-last-used = آخر استخدام
tokens-not-used = لم يُستخدم
tokens-revoke = إبطال
tokens-revoked = تم إبطاله
tokens-expired = انتهت صلاحيته
tokens-empty = لا رموز مميّزة بعد
tokens-empty-lead = تحتاج البرامج إلى رمز مميّز للعمل مع API.
scope-events-write = إنشاء الفعاليات وتغييرها
scope-layouts-write = تغيير تصميم التذاكر
scope-registrations-read = الاطّلاع على التسجيلات والأرقام
scope-registrations-write = إلغاء التسجيلات وتحديدها كمدفوعة وتصحيحها وإعادة إرسالها
scope-jobs-write = إنشاء كل التذاكر من جديد، والأرشيفات
scope-audit-read = الاطّلاع على سجل التغييرات
scope-storage-read = الحصول على روابط الملفات المحفوظة
scope-invoices-write = إنشاء الفواتير
scope-invoices-read = تنزيل الفواتير
scope-team-read = الاطّلاع على الأعضاء والرموز المميّزة
scope-team-write = دعوة الأعضاء وإزالتهم وإنشاء الرموز المميّزة
fault-attendees = يجب أن يحوي من 1 إلى { $most } عناصر، وفيه { $count }

## What was done

done-saved = تم الحفظ.
done-password = تم تغيير كلمة مرورك.
done-address = أرسلنا رمزًا إلى العنوان الجديد.
done-verified = تم تأكيد عنوانك.
done-signed-out = تم تسجيل خروجك.
done-session = تم تسجيل الخروج هناك.
done-factor-removed = تم إيقاف العامل الثاني.
done-erased = تم مسح حسابك.
done-invited = الدعوة في طريقها.
done-withdrawn = لم تعد الدعوة صالحة.
done-member = تم تغيير الدور.
done-removed = لم يعد هذا الشخص في الفريق.
done-left = لقد غادرت الفريق.
done-joined = مرحبًا بك في الفريق.
done-opened = تم إنشاء المنظّم.
done-renamed = أصبح للمنظّم اسم جديد.
done-revoked = لم يعد الرمز المميّز صالحًا.

## Events

site-events = الفعاليات
about = حول
events-title = ما القادم
events-about = الفعاليات القادمة وتذاكرها.
events-search = بحث
events-search-hint = فعالية أو فنان أو مكان
events-place = المكان
events-from = من
events-to = إلى
events-category = الفئة
events-all = الكل
events-count = عدد النتائج: { $count }
events-none = لا نتائج
events-none-lead = لا توجد فعالية قادمة مطابقة. ابحث عن شيء آخر أو اعرض الكل.
events-see-all = عرض كل الفعاليات
events-empty = لا فعاليات بعد
events-empty-lead = تظهر هنا حالما ينشر منظّم فعالية.
events-more = فعاليات لاحقة
events-from-price = ابتداءً من { $price }
events-organize = هل تنظّم فعاليات؟
price-free = مجانًا
event-left = المتبقي { $count }
event-sold-out = نفدت التذاكر
event-opens = يبدأ البيع { $time }
event-opens-title = يبدأ البيع بعد
event-opens-lead = تتحول هذه الصفحة إلى الاستمارة من تلقاء نفسها. الحضور المبكر لا يمنح أفضلية، وإعادة التحميل لا تضر.
event-closed = انتهى البيع
event-closed-lead = لم تعد تُباع تذاكر هنا.
event-over = انتهت
event-over-lead = انتهت الفعالية.
event-sold-out-lead = نفدت كل التذاكر. قد يعود بعضها: تلاحظ هذه الصفحة ذلك من تلقاء نفسها.
event-cancelled-lead = ألغى المنظّم هذه الفعالية. يتلقى كل من لديه تذكرة رسالة.
event-draft-lead = لا يرى هذه الصفحة إلا فريقك. الفعالية غير منشورة.
event-moved-time = تغيّر الموعد. كان من قبل: { $before }
event-moved-place = تغيّر المكان. كان من قبل: { $before }
event-when = { $from } إلى { $to }
event-zone = بتوقيت { $place } ({ $offset }).
event-for-you = وهو عندك { $time }.
event-calendar = أضف إلى التقويم
event-map = اعرض الخريطة
event-tickets = التذاكر
event-kind = نوع التذكرة
event-how-many = كم تذكرة؟
event-fewer = واحدة أقل
event-one-more = واحدة أكثر
event-total = المجموع
event-get = احصل على التذاكر
event-next = بعد ذلك نسأل من سيأتي.
event-have = لديك تذكرة؟ تجدها هنا.
event-foot = تبيع { $organizer } هذه التذاكر عبر Onsale.
unit-days = يوم
unit-hours = ساعة
unit-minutes = دقيقة
unit-seconds = ثانية

## Registering

register-title = من سيأتي؟
register-lead = تُطبع الأسماء على التذاكر. تصلح أي كتابة.
register-steps = الخطوات
register-step-done = تم
register-step-names = الأسماء
register-step-payment = الدفع
register-step-ready = جاهز
register-you = بياناتك
register-attendee = الحاضر { $number }
register-contact = وجهة الاتصال
register-name = الاسم الكامل
register-name-of = الاسم الكامل للحاضر { $number }
register-email-of = عنوان بريد الحاضر { $number }
register-email-hint = تصل التذاكر إلى هنا.
register-email-other = يجد به تذكرته الخاصة. اتركه فارغًا لتبقى التذكرة مع تذكرتك.
register-optional = اختياري
register-button = احصل على التذاكر
register-hold-button = احجز أماكني
register-hint = تظهر تذاكرك فورًا في الصفحة التالية.
register-hold-hint = نحتفظ بها { $minutes } دقيقة. لا يُخصم شيء بعد.
register-back = عودة إلى الفعالية
register-order = الطلب
register-change = اختر غيرها
register-sold-out = لم يعد هناك ما يكفي. لم يُحجز شيء. اختر عددًا أقل أو نوعًا آخر.
register-closed = انتهى البيع. لم يُحجز شيء.
register-not-yet = لم يبدأ البيع بعد. لم يُحجز شيء.
register-other-tab = أخذتَ تذاكر في تبويب آخر بأسماء أخرى. تجدها في بريدك. أرسل هذه الاستمارة ثانية فقط إذا أردت المزيد.
register-busy = عدد كبير في وقت واحد. لم يُحجز شيء ولم يُخصم شيء. ما كتبته ما زال هنا.
register-unknown = لا نعرف بعد هل نجح الأمر. أرسل الاستمارة ثانية: لن تحصل على التذاكر مرتين.
register-again = تحاول هذه الصفحة من جديد من تلقاء نفسها بعد ثوانٍ.

## Tickets of a registration

order-ready = تذاكرك
order-ready-lead = أظهر الرمز عند البوابة: على هذه الصفحة أو على الورق. كلاهما يعمل دون شبكة.
order-held = أماكنك محجوزة
order-held-lead = تصبح لك بعد دفع ثمنها.
order-held-until = محجوزة لك حتى { $time }
order-held-left = بقي { $time }، ثم تعود إلى البيع.
order-held-over = انتهى الوقت.
order-held-minutes = تبقى أماكنك محجوزة { $minutes } د أخرى على الأكثر.
order-held-pay = تستلم { $organizer } الدفع. تظهر الرموز هنا حالما يصل.
order-held-longer = أحتاج إلى وقت أطول
order-cancelled = أُعيدت
order-expired = لم تعد محجوزة
order-over = انتهى الأمر
order-event-cancelled = أُلغيت الفعالية
order-code = رمز { $name } للمسح عند البوابة
order-brightness = الماسح بطيء؟ زد سطوع الشاشة.
order-send-again = أرسل الرسالة ثانية
order-state = أين وصلت الأمور
order-mail-queued = الرسالة في الطريق
order-mail-sent = أُرسلت الرسالة
order-mail-delivered = وصلت الرسالة
order-mail-delayed = تأخرت الرسالة؛ نحاول من جديد
order-mail-failed = لم تصل الرسالة
order-mail-failed-note = احفظ ملف PDF أو احتفظ بهذه الصفحة.
order-mail-suppressed = لم تُرسل رسالة
order-file-stored = الملف جاهز
order-file-pending = الملف في طريقه إلى التخزين
order-file-pending-note = يمكن الحصول على PDF الآن.
order-event = عن الفعالية
order-change = لا تستطيع الحضور؟
order-rename = تغيير الأسماء
order-rename-lead = تحصل التذكرة المعدّلة على رمز جديد. يتوقف القديم عن العمل، حتى المطبوع.
order-rename-until = يمكن تغيير الأسماء حتى { $time }.
order-rename-button = غيّر الأسماء
order-keep = اتركها كما هي
order-return = إعادة التذاكر
order-return-until = يمكن إعادة التذاكر حتى { $time }.
order-return-paid = التذاكر مدفوعة. تلغيها { $organizer } وتعيد المال.
order-return-title = إعادة هذه التذاكر؟
order-return-lead = تتوقف رموزها فورًا وتعود الأماكن إلى البيع. لا يمكن التراجع عن ذلك.
fault-renames-over = لم يعد ممكنًا تغيير الأسماء
fault-returns-over = لم يعد ممكنًا إعادة التذاكر
fault-return-paid = التذاكر مدفوعة: يعيد المنظّم المال
done-renamed-tickets = تغيّرت الأسماء. لم تعد الرموز القديمة تعمل.
done-given-back = أُعيدت التذاكر.
done-sent-again = الرسالة في الطريق من جديد.
done-held-longer = تبقى أماكنك محجوزة مدة أطول.
register-questions = من المنظّم
register-only-if = فقط إذا أجبت «{ $answer }».
fault-answer-unknown = ليس من أسئلة هذه الفعالية
fault-answer-option = يجب أن يكون أحد الخيارات
fault-answer-number = يجب أن يكون رقمًا
fault-answer-day = يجب أن يكون يومًا مثل 2026-12-31

## Errors

error-404-title = لا شيء هنا
error-404-lead = ربما كُتب العنوان خطأً، أو لم يعد ما كان هنا موجودًا. إن تبعت رابطًا في رسالة، فانسخه كاملًا: كثيرًا ما تقطع برامج البريد الروابط الطويلة.
error-404-ticket = فقدت تذكرة؟
error-403-title = ليس من هنا
error-403-lead = أُرسل النموذج من صفحة في موقع آخر، أو انتظر مدة أطول من اللازم. لم يُنفَّذ شيء. ارجع وأعد تحميل الصفحة ثم أرسله من جديد.
error-429-title = على مهل
error-429-lead = وصلت طلبات كثيرة جدًا من شبكتك. لم يُنفَّذ شيء. حاول من جديد بعد { $seconds } ث.
error-503-title = طلبات كثيرة في وقت واحد
error-503-lead = لم نتمكن من ذلك هذه المرة، ولم يُنفَّذ شيء. حاول من جديد بعد { $seconds } ث؛ لا ضرر من إعادة التحميل.
error-500-title = خطأ من جانبنا
error-500-lead = حدث خطأ ما هنا. إن راسلتنا، فاذكر المرجع أدناه.
error-409-title = غير ممكن الآن
error-retry = إعادة المحاولة
error-reference = المرجع
error-back = العودة إلى البداية

## Faults of forms. In English, they have the words of the API.

fault-required = مطلوب
fault-empty = يجب ألا يكون فارغًا
fault-too-long = الحد الأقصى لعدد الأحرف { $limit }، والعدد الحالي { $count }
fault-control = يجب ألا يحتوي على أحرف تحكم
fault-email = يجب أن يكون عنوان بريد إلكتروني
fault-password-short = يجب أن تكون من 15 حرفًا، أو من 8 أحرف منها حرف لاتيني كبير ورقم وعلامة خاصة
fault-password-long = يجب ألا تزيد على 256 حرفًا
fault-password-own = يجب ألا تتكوّن من اسمك أو عنوانك
fault-password-known = معروفة لمن يخمّنون كلمات المرور
fault-password-wrong = ليست كلمة مرورك
fault-code-wrong = ليس الرمز الحالي
fault-stale-setup = ليس من هذا الحساب: ابدأ من جديد
fault-name-taken = هو اسم منظّم آخر
fault-member = هو عنوان أحد الأعضاء
fault-role = يجب أن يكون أحد الأدوار: مالك، مدير، مسؤول مالي، موظف بوابة، مُطّلع
fault-language = يجب أن تكون إحدى اللغات: الإنجليزية، الألمانية، الفرنسية، الإسبانية، البرتغالية، الهندية، العربية، اليابانية
fault-token-name = يجب أن يكون من 1 إلى 100 حرف في سطر واحد
fault-one-entry = يجب أن يحتوي على عنصر واحد على الأقل
fault-no-owner = سيبقى الفريق بلا مالك: اجعل شخصًا آخر مالكًا أولًا
fault-sole-owner = أنت المالك الوحيد لدى { $names }: اجعل شخصًا آخر مالكًا أولًا
fault-other-account = العنوان يخص حسابًا آخر
fault-invitations = عدد الدعوات المفتوحة، أو المرسلة إلى هذا العنوان خلال الساعة الماضية، كبير جدًا
fault-owned = عدد المنظّمين الذين تملكهم { $most }، وهو الحد الأقصى المسموح به
fault-tokens = عدد الرموز المميّزة الصالحة لدى المنظّم { $most }، وهو الحد الأقصى المسموح به
fault-factor-present = يوجد عامل ثانٍ بالفعل
fault-no-accounts = ينشئ مشغّل هذا الخادم الحسابات الجديدة
fault-no-organizers = ينشئ مشغّل هذا الخادم المنظّمين
fault-forbidden = دورك لا يسمح بذلك
