## Frame of every page

skip = सीधे सामग्री पर जाएँ
site = साइट
nav-tickets = मेरे टिकट
nav-sign-in = साइन इन करें
nav-account = खाता
nav-organizer = आयोजक
nav-sign-out = साइन आउट करें
foot = Onsale के टिकट, ओपन-सोर्स सॉफ़्टवेयर।
preferences = भाषा और रंग
language = भाषा
theme = रंग
theme-system = डिवाइस के अनुसार
theme-light = हल्के
theme-dark = गहरे
apply = लागू करें
show-password = पासवर्ड दिखाएँ
copy = कॉपी करें
copied = कॉपी हो गया
cancel = अभी नहीं
menu = मेन्यू
do = कार्रवाई
errors-title =
    { $count ->
        [one] एक समस्या है
       *[other] { $count } समस्याएँ हैं
    }
error-prefix = त्रुटि: { $title }
email = मेल पता
password = पासवर्ड
name = नाम
code = कोड
role = भूमिका

## Welcome

welcome-organize = टिकट बेचें

## Signing up

sign-up-title = खाता बनाएँ
sign-up-lead = टिकट बेचने के लिए, या अपने सभी टिकट एक जगह रखने के लिए।
sign-up-name = आपका नाम
sign-up-email-hint = हम एक कोड भेजेंगे, जिससे पुष्टि होगी कि यह पता आपका है।
password-hint = 15 या ज़्यादा वर्ण; या 8, जिनमें एक बड़ा अक्षर, एक अंक और एक चिह्न हो। चार शब्दों से अच्छा पासवर्ड बनता है।
sign-up-for = किस लिए?
sign-up-organize = मैं कार्यक्रम आयोजित करता/करती हूँ
sign-up-organize-lead = टिकट बेचें, डिज़ाइन करें, स्कैन करें।
sign-up-attend = मैं कार्यक्रमों में जाता/जाती हूँ
sign-up-attend-lead = सभी टिकट एक जगह रखें।
sign-up-button = खाता बनाएँ
sign-up-have = पहले से खाता है?
sign-up-closed = नए खाते इस सर्वर के संचालक बनाते हैं।
verify-title = अपना मेल देखें
verify-lead = हमने { $email } पर संदेश भेजा है। उसका कोड यहाँ दर्ज करें, या उसका लिंक खोलें। दोनों 30 मिनट तक मान्य हैं।
verify-code = छह अंकों का कोड
verify-button = पुष्टि करें
verify-again = संदेश नहीं मिला? स्पैम फ़ोल्डर देखें, या खाता फिर से बनाएँ।
verify-link-title = अपने पते की पुष्टि करें
verify-link-lead = तभी दबाएँ जब यह अनुरोध अभी-अभी आपने ही किया हो। अगर किसी और ने किया है, तो यह पेज बंद कर दें।
verify-link-used = लिंक इस्तेमाल हो चुका है, या 30 मिनट से ज़्यादा पुराना है। साइन इन करें, या खाता फिर से बनाएँ।
verify-link-password = आपने जो पासवर्ड चुना था
verify-link-other = किसी और ने चुना था?

## Signing in

sign-in-title = साइन इन करें
sign-in-forgotten = पासवर्ड भूल गए?
sign-in-button = साइन इन करें
sign-in-new = यहाँ पहली बार?
sign-in-make = खाता बनाएँ
sign-in-ticket-title = बस अपना टिकट चाहिए?
sign-in-ticket = खाते की ज़रूरत नहीं:
sign-in-ticket-link = इसे अपने मेल पते से खोजें
sign-in-wrong = पता और पासवर्ड आपस में मेल नहीं खाते।
sign-in-code-title = बस एक और कदम
sign-in-code-lead = वह कोड दर्ज करें जो आपका ऐप अभी दिखा रहा है, या अपना कोई रिकवरी कोड।
sign-in-code = ऐप का कोड या रिकवरी कोड
sign-in-code-wrong = कोड सही नहीं है, या पहले इस्तेमाल हो चुका है। अपने पासवर्ड से फिर शुरू करें।
too-many-tries = बहुत ज़्यादा कोशिशें हुईं। अगली कोशिश { $seconds } सेकंड बाद हो सकती है। अगर खाता आपका है, तो नया पासवर्ड चुनने से इंतज़ार खत्म होता है।

## Forgotten passwords

reset-title = नया पासवर्ड चुनें
reset-lead = हम आपको एक लिंक भेजेंगे। वह 30 मिनट तक और केवल एक बार काम करता है।
reset-send = लिंक भेजें
reset-sent-title = अपना मेल देखें
reset-sent-lead = अगर { $email } का खाता है, तो लिंक वाला संदेश भेज दिया गया है।
reset-new = नया पासवर्ड
reset-button = पासवर्ड सहेजें
reset-others = बाकी सभी जगहों से साइन आउट हो जाता है।
reset-used = लिंक इस्तेमाल हो चुका है, या 30 मिनट से ज़्यादा पुराना है। नया लिंक माँगें।
reset-again = नया लिंक माँगें

## Account

account-title = खाता
account-profile = आपके बारे में
account-save = सहेजें
account-address = मेल पता
account-address-now = आप { $email } से साइन इन करते हैं।
account-address-new = नया मेल पता
account-address-button = नए पते पर कोड भेजें
account-address-hint = नया पता आपकी पुष्टि के बाद ही लागू होगा। हम दोनों पतों पर सूचना देंगे।
account-password = पासवर्ड
account-password-now = मौजूदा पासवर्ड
account-password-new = नया पासवर्ड
account-password-hint = बाकी सभी जगहों से साइन आउट हो जाता है।
account-password-button = पासवर्ड बदलें
account-factor = दूसरा कारक
account-factor-off = बंद। इसे चालू करने पर साइन इन के लिए आपके फ़ोन के ऐप का कोड भी चाहिए।
account-factor-on = चालू। साइन इन के लिए आपके ऐप का कोड चाहिए।
account-factor-codes =
    { $count ->
        [0] कोई रिकवरी कोड नहीं बचा है।
        [one] एक रिकवरी कोड बचा है।
       *[other] { $count } रिकवरी कोड बचे हैं।
    }
account-factor-add = सेट अप करें
account-factor-remove = बंद करें
account-sessions = आप कहाँ साइन इन हैं
account-sessions-now = यह ब्राउज़र
account-sessions-end = साइन आउट करें
account-sessions-others = बाकी सभी जगहों से साइन आउट करें
account-device-unknown = अनजान डिवाइस
account-data = आपका डेटा
account-data-lead = एक फ़ाइल, जिसमें यहाँ आपके बारे में मौजूद सारी जानकारी है।
account-data-button = मेरा डेटा डाउनलोड करें
account-erase = खाता मिटाएँ
account-erase-title = खाता मिटाएँ?
account-erase-lead = आपका खाता, आपके सेशन और टीमों में आपकी सदस्यता मिटा दी जाएगी। आपके पंजीकरणों से आपका नाम और पता हटा दिया जाएगा। इसके बाद खाता वापस नहीं मिल सकता।
account-erase-tickets = आने वाले कार्यक्रमों के टिकट मान्य रहेंगे, पर आप उन्हें यहाँ नहीं खोल पाएँगे। पहले उन्हें सहेज लें।
account-erase-button = मेरा खाता मिटाएँ
account-erase-keep = खाता रखें

## Second factor

factor-title = दूसरा कारक सेट अप करें
factor-password-lead = पहले अपना पासवर्ड दर्ज करें।
factor-next = आगे बढ़ें
factor-scan = इस कोड को एक बार चलने वाले कोड के ऐप से स्कैन करें।
factor-code-alt = आपके ऐप के लिए कोड
factor-manual = स्कैन नहीं हो रहा? ऐप में यह कुंजी लिखें:
factor-code = ऐप में दिख रहा कोड
factor-button = चालू करें
recovery-title = ये रिकवरी कोड संभालकर रखें
recovery-lead = फ़ोन खो जाने पर हर कोड एक बार ऐप की जगह काम आता है। ये केवल अभी दिखाए जा रहे हैं: इन्हें प्रिंट करें, या किसी पासवर्ड मैनेजर में रखें।
recovery-done = मैंने इन्हें रख लिया है

## My tickets

tickets-title = मेरे टिकट
tickets-coming = आने वाले
tickets-past = बीते हुए
tickets-empty = अभी कुछ नहीं है
tickets-empty-lead = { $email } से किए गए पंजीकरण कुछ सेकंड बाद यहाँ दिखते हैं।
tickets-open = खोलें
tickets-more = इससे पहले के
tickets-find-title = अपने टिकट खोजें
tickets-find-lead = हम आपके आने वाले कार्यक्रमों के लिंक आपके मेल पते पर भेजेंगे। खाते की ज़रूरत नहीं।
tickets-find-button = लिंक भेजें
tickets-find-sent = अगर { $email } के पास आने वाले कार्यक्रमों के टिकट हैं, तो उनके लिंक वाला संदेश भेज दिया गया है।
tickets-sign-in = खाता है? सभी टिकट देखने के लिए साइन इन करें।
state-confirmed = पक्का
state-awaiting-payment = भुगतान बाकी
state-cancelled = रद्द
state-expired = बिना भुगतान समाप्त
state-event-cancelled = कार्यक्रम रद्द
tickets-count =
    { $count ->
        [one] { $count } टिकट
       *[other] { $count } टिकट
    }

## A registration, and announcements

registration-cancelled = यह पंजीकरण रद्द हुआ। इसके टिकट मान्य नहीं हैं।
registration-expired = यह पंजीकरण बिना भुगतान समाप्त हुआ। इसकी सीटें फिर बिक्री पर हैं।
registration-all = सभी टिकट (PDF)
registration-calendar = मेरे कैलेंडर में जोड़ें
unsubscribe-title = और घोषणाएँ नहीं?
unsubscribe-lead = आपको { $organizer } की और घोषणाएँ नहीं मिलेंगी। आपके अपने टिकटों के संदेश आते रहेंगे।
unsubscribe-button = और घोषणाएँ नहीं
unsubscribed-title = हो गया
unsubscribed-lead = आपको { $organizer } की घोषणाएँ अब नहीं मिलेंगी। आपके अपने टिकटों के संदेश आते रहेंगे।

## Invitations

invitation-title = { $organizer } की टीम में शामिल हों
invitation-lead = { $inviter } आपको { $organizer } के कार्यक्रमों पर काम करने के लिए आमंत्रित करते हैं।
invitation-role = आपकी भूमिका
invitation-accept = स्वीकार करें
invitation-sign-in = आमंत्रण { $email } के लिए है। इस पते से साइन इन करें, या इससे खाता बनाएँ।
invitation-other = आमंत्रण आपके पते के लिए नहीं, किसी दूसरे पते के लिए है। उस पते से साइन इन करें।
invitation-used = आमंत्रण इस्तेमाल हो चुका है, वापस लिया जा चुका है, या सात दिन से ज़्यादा पुराना है। नया आमंत्रण माँगें।

## Organizer

organizer-title = आयोजक
organizers-lead = वे आयोजक जिनके लिए आप काम करते हैं।
organizers-none = आप अभी किसी आयोजक के लिए काम नहीं करते
organizers-none-lead = टिकट बेचने के लिए आयोजक बनाएँ, या किसी से { $email } को आमंत्रित करने के लिए कहें।
organizer-open = आयोजक बनाएँ
organizer-open-name = नाम
organizer-open-hint = जैसा टिकटों और मेल में दिखता है।
organizer-open-button = बनाएँ
organizer-closed = आयोजक इस सर्वर के संचालक बनाते हैं।
organizer-events = कार्यक्रम
organizer-events-empty = अभी कोई कार्यक्रम नहीं है
organizer-events-empty-lead = API से कार्यक्रम बनाएँ; इसका दस्तावेज़ यहाँ है: { $docs }।
organizer-event = कार्यक्रम
organizer-begins = शुरुआत
organizer-state = स्थिति
organizer-more = इसके बाद के
organizer-switch = आयोजक बदलें
nav-events = सभी कार्यक्रम
nav-team = टीम
nav-tokens = API टोकन
event-draft = ड्राफ़्ट
event-published = प्रकाशित
event-cancelled = रद्द

## Team

team-title = टीम
team-lead = वे लोग जो { $organizer } के कार्यक्रमों पर काम कर सकते हैं।
team-people = लोग
team-person = व्यक्ति
team-may = अनुमति
team-signs-in = साइन इन का तरीका
team-last-here = आखिरी बार यहाँ
team-password = पासवर्ड
team-password-code = पासवर्ड और कोड
team-never = अभी तक नहीं
team-invited = आमंत्रित
team-valid-until = लिंक { $time } तक मान्य
team-invite = आमंत्रित करें
team-invite-as = इस भूमिका में
team-change = बदलें
team-change-title = { $name }: बदलाव
team-change-button = सहेजें
team-remove = टीम से हटाएँ
team-remove-lead = { $name } अब { $organizer } के कार्यक्रम नहीं खोल पाएँगे।
team-leave = टीम छोड़ें
team-leave-lead = आप अब { $organizer } के कार्यक्रम नहीं खोल पाएँगे।
team-send-again = फिर से भेजें
team-withdraw = वापस लें
team-rename = आयोजक का नाम
team-rename-button = नाम बदलें
role-owner = मालिक
role-owner-may = सब कुछ, लोग और टोकन भी
role-manager = प्रबंधक
role-manager-may = कार्यक्रम, लेआउट, पंजीकरण, कार्य
role-finance = वित्त
role-finance-may = पंजीकरण और इनवॉइस
role-door = गेट कर्मचारी
role-door-may = नाम से लोगों को खोजना
role-viewer = व्यूअर
role-viewer-may = केवल देखना, कुछ बदलना नहीं

## Tokens

tokens-title = API टोकन
tokens-lead = उन प्रोग्रामों के लिए जो { $organizer } के लिए काम करते हैं। टोकन वही करता है जिसकी उसे अनुमति है, और कुछ नहीं।
tokens-new = नया टोकन
tokens-name-hint = उस प्रोग्राम का नाम जो इसे इस्तेमाल करता है।
tokens-may = अनुमति
tokens-ends = समाप्ति
tokens-days =
    { $days ->
       *[other] { $days } दिन बाद
    }
tokens-never = कभी नहीं
tokens-make = टोकन बनाएँ
tokens-copy = “{ $name }” को अभी कॉपी करें।
tokens-copy-lead = यह केवल इसी बार दिखाया जा रहा है; हम केवल इसका फ़िंगरप्रिंट रखते हैं।
tokens-token = टोकन
tokens-last-used = आखिरी इस्तेमाल
tokens-not-used = कभी नहीं
tokens-revoke = निरस्त करें
tokens-revoked = निरस्त
tokens-expired = समय समाप्त
tokens-empty = अभी कोई टोकन नहीं है
tokens-empty-lead = API के साथ काम करने के लिए प्रोग्रामों को टोकन चाहिए।
scope-events-write = कार्यक्रम बनाना और बदलना
scope-layouts-write = टिकटों का लेआउट बदलना
scope-registrations-read = पंजीकरण और आँकड़े देखना
scope-registrations-write = रद्द करना, भुगतान दर्ज करना, सुधारना, फिर से भेजना
scope-jobs-write = सभी टिकट नए सिरे से बनाना, संग्रह बनाना
scope-audit-read = बदलावों का इतिहास देखना
scope-storage-read = रखी हुई फ़ाइलों के लिंक पाना
scope-invoices-write = इनवॉइस बनाना
scope-invoices-read = इनवॉइस डाउनलोड करना
scope-team-read = सदस्य और टोकन देखना
scope-team-write = सदस्यों को आमंत्रित करना और हटाना, टोकन बनाना
fault-attendees = 1 से { $most } प्रविष्टियाँ होनी चाहिए, { $count } हैं

## What was done

done-saved = सहेजा गया।
done-password = आपका पासवर्ड बदल गया है।
done-address = हमने नए पते पर कोड भेजा है।
done-verified = आपके पते की पुष्टि हो गई है।
done-signed-out = आप साइन आउट हो गए हैं।
done-session = वहाँ से साइन आउट हो गया है।
done-factor-removed = दूसरा कारक बंद है।
done-erased = आपका खाता मिटाया गया।
done-invited = आमंत्रण भेज दिया गया है।
done-withdrawn = आमंत्रण अब काम नहीं करता।
done-member = भूमिका बदल गई है।
done-removed = वह व्यक्ति अब टीम में नहीं है।
done-left = आपने टीम छोड़ दी है।
done-joined = टीम में आपका स्वागत है।
done-opened = आयोजक बन गया है।
done-renamed = आयोजक का नाम बदल गया है।
done-revoked = टोकन अब मान्य नहीं है।

## Events

site-events = कार्यक्रम
about = परिचय
events-title = आने वाले कार्यक्रम
events-about = आने वाले कार्यक्रम और उनके टिकट।
events-search = खोजें
events-search-hint = कार्यक्रम, कलाकार या स्थान
events-place = स्थान
events-from = से
events-to = तक
events-category = श्रेणी
events-all = सभी
events-count = मिले: { $count }
events-none = कुछ नहीं मिला
events-none-lead = कोई आने वाला कार्यक्रम मेल नहीं खाता। कुछ और खोजें, या सभी देखें।
events-see-all = सभी कार्यक्रम देखें
events-empty = अभी कोई कार्यक्रम नहीं
events-empty-lead = जैसे ही कोई आयोजक प्रकाशित करेगा, वे यहाँ दिखेंगे।
events-more = बाद के कार्यक्रम
events-from-price = { $price } से
events-organize = क्या आप कार्यक्रम आयोजित करते हैं?
price-free = मुफ़्त
event-left = { $count } शेष
event-sold-out = बिक गए
event-opens = बिक्री शुरू: { $time }
event-opens-title = बिक्री शुरू होने में
event-opens-lead = यह पृष्ठ अपने आप फ़ॉर्म बन जाएगा। पहले आने से कोई लाभ नहीं, और फिर से लोड करने से कोई नुकसान नहीं।
event-closed = बिक्री बंद है
event-closed-lead = यहाँ अब टिकट नहीं बिकते।
event-over = समाप्त
event-over-lead = कार्यक्रम समाप्त हो चुका है।
event-sold-out-lead = सभी टिकट जा चुके हैं। कुछ वापस आ सकते हैं: यह पृष्ठ अपने आप जान लेगा।
event-cancelled-lead = आयोजक ने यह कार्यक्रम रद्द कर दिया है। जिनके पास टिकट है, सबको संदेश मिलेगा।
event-draft-lead = यह पृष्ठ केवल आपकी टीम देखती है। कार्यक्रम प्रकाशित नहीं है।
event-moved-time = समय बदल गया है। पहले था: { $before }
event-moved-place = स्थान बदल गया है। पहले था: { $before }
event-when = { $from } से { $to } तक
event-zone = { $place } का समय ({ $offset })।
event-for-you = आपके यहाँ यह { $time } है।
event-calendar = कैलेंडर में जोड़ें
event-map = नक्शा देखें
event-tickets = टिकट
event-kind = टिकट का प्रकार
event-how-many = कितने?
event-fewer = एक कम
event-one-more = एक और
event-total = कुल
event-get = टिकट लें
event-next = इसके बाद हम पूछेंगे कि कौन आ रहा है।
event-have = टिकट पहले से है? यहाँ पाएँ।
event-foot = { $organizer } ये टिकट Onsale से बेचता है।
unit-days = दिन
unit-hours = घंटे
unit-minutes = मिनट
unit-seconds = सेकंड

## Registering

register-title = कौन आ रहा है?
register-lead = नाम टिकटों पर छपते हैं। कोई भी लिपि चलेगी।
register-steps = चरण
register-step-done = पूर्ण
register-step-names = नाम
register-step-payment = भुगतान
register-step-ready = तैयार
register-you = आपका विवरण
register-attendee = प्रतिभागी { $number }
register-contact = और हमारा संपर्क
register-name = पूरा नाम
register-name-of = प्रतिभागी { $number } का पूरा नाम
register-email-of = प्रतिभागी { $number } का मेल पता
register-email-hint = टिकट यहाँ आएँगे।
register-email-other = इससे उन्हें अपना टिकट मिलेगा। अपने साथ रखने के लिए ख़ाली छोड़ें।
register-optional = वैकल्पिक
register-button = टिकट लें
register-hold-button = मेरी सीटें रोकें
register-hint = आपके टिकट तुरंत अगले पृष्ठ पर दिखेंगे।
register-hold-hint = हम उन्हें { $minutes } मिनट तक रोकेंगे। अभी कोई शुल्क नहीं लिया जाता।
register-back = कार्यक्रम पर वापस
register-order = ऑर्डर
register-change = दूसरे चुनें
register-sold-out = इतने अब नहीं बचे। कुछ बुक नहीं हुआ। कम चुनें, या कोई और प्रकार।
register-closed = बिक्री बंद है। कुछ बुक नहीं हुआ।
register-not-yet = बिक्री अभी शुरू नहीं हुई। कुछ बुक नहीं हुआ।
register-other-tab = आप दूसरे टैब में अलग नामों से टिकट ले चुके हैं। वे आपकी मेल में हैं। यह फ़ॉर्म फिर तभी भेजें जब आपको और चाहिए।
register-busy = एक साथ बहुत लोग हैं। न कुछ बुक हुआ, न कोई शुल्क लिया गया। आपका लिखा हुआ यहीं है।
register-unknown = हमें अभी नहीं पता कि यह हुआ या नहीं। फ़ॉर्म फिर भेजें: टिकट दो बार नहीं मिलेंगे।
register-again = यह पृष्ठ कुछ सेकंड में अपने आप फिर कोशिश करेगा।

## Tickets of a registration

order-ready = आपके टिकट
order-ready-lead = प्रवेश द्वार पर कोड दिखाएँ: इस पृष्ठ पर या काग़ज़ पर। दोनों बिना नेटवर्क चलते हैं।
order-held = आपकी सीटें रोकी गई हैं
order-held-lead = भुगतान होते ही वे आपकी होंगी।
order-held-until = आपके लिए { $time } तक रोकी गई
order-held-left = { $time } शेष, फिर वे दोबारा बिक्री पर जाएँगी।
order-held-over = समय समाप्त।
order-held-minutes = आपकी सीटें अधिकतम { $minutes } मिनट और रोकी जाएँगी।
order-held-pay = भुगतान { $organizer } लेता है। आते ही कोड यहाँ दिखेंगे।
order-held-longer = मुझे और समय चाहिए
order-cancelled = वापस किए गए
order-expired = अब रोकी नहीं गई
order-over = यह हो चुका
order-event-cancelled = कार्यक्रम रद्द है
order-code = { $name } का कोड, प्रवेश द्वार पर स्कैन के लिए
order-brightness = स्कैनर धीमा है? स्क्रीन की चमक बढ़ाएँ।
order-send-again = मेल फिर भेजें
order-state = स्थिति
order-mail-queued = मेल रास्ते में है
order-mail-sent = मेल भेजी गई
order-mail-delivered = मेल पहुँच गई
order-mail-delayed = मेल में देर है; हम फिर कोशिश कर रहे हैं
order-mail-failed = मेल नहीं पहुँची
order-mail-failed-note = PDF सहेजें, या यह पृष्ठ रखें।
order-mail-suppressed = कोई मेल नहीं भेजी गई
order-file-stored = फ़ाइल तैयार
order-file-pending = फ़ाइल सहेजी जा रही है
order-file-pending-note = PDF अभी मिल सकता है।
order-event = कार्यक्रम के बारे में
order-change = नहीं आ सकते?
order-rename = नाम बदलें
order-rename-lead = बदले गए टिकट को नया कोड मिलता है। पुराना काम नहीं करेगा, छपा हुआ भी नहीं।
order-rename-until = नाम { $time } तक बदले जा सकते हैं।
order-rename-button = नाम बदलें
order-keep = जैसा है रहने दें
order-return = टिकट वापस करें
order-return-until = टिकट { $time } तक वापस किए जा सकते हैं।
order-return-paid = टिकटों का भुगतान हो चुका है। { $organizer } उन्हें रद्द करके पैसा लौटाता है।
order-return-title = ये टिकट वापस करें?
order-return-lead = उनके कोड तुरंत बंद हो जाएँगे और सीटें फिर बिक्री पर जाएँगी। इसे पलटा नहीं जा सकता।
fault-renames-over = नाम अब नहीं बदले जा सकते
fault-returns-over = टिकट अब वापस नहीं किए जा सकते
fault-return-paid = टिकटों का भुगतान हो चुका है: पैसा आयोजक लौटाता है
done-renamed-tickets = नाम बदल गए। पुराने कोड अब काम नहीं करते।
done-given-back = टिकट वापस कर दिए गए।
done-sent-again = मेल फिर रास्ते में है।
done-held-longer = आपकी सीटें और समय तक रोकी गई हैं।
register-questions = आयोजक की ओर से
register-only-if = केवल यदि आप “{ $answer }” चुनें।
fault-answer-unknown = इस कार्यक्रम का प्रश्न नहीं है
fault-answer-option = विकल्पों में से एक होना चाहिए
fault-answer-number = संख्या होनी चाहिए
fault-answer-day = एक दिन होना चाहिए, जैसे 2026-12-31

## Errors

error-404-title = यहाँ कुछ नहीं है
error-404-lead = हो सकता है कि पता गलत लिखा गया हो, या जो यहाँ था वह अब न हो। अगर आप किसी मेल के लिंक से आए हैं, तो पूरा लिंक कॉपी करें: मेल प्रोग्राम अक्सर लंबे लिंक काट देते हैं।
error-404-ticket = टिकट खो गया?
error-403-title = यहाँ से नहीं
error-403-lead = फ़ॉर्म किसी दूसरी साइट के पेज से भेजा गया, या बहुत देर तक खुला रहा। कुछ नहीं किया गया। वापस जाएँ, पेज फिर से लोड करें और फ़ॉर्म फिर से भेजें।
error-429-title = थोड़ा धीरे
error-429-lead = आपके नेटवर्क से बहुत ज़्यादा अनुरोध आए। कुछ नहीं किया गया। { $seconds } सेकंड बाद फिर कोशिश करें।
error-503-title = एक साथ बहुत ज़्यादा अनुरोध
error-503-lead = इस बार यह नहीं हो सका, और कुछ नहीं किया गया। { $seconds } सेकंड बाद फिर कोशिश करें; पेज फिर से लोड करने से कोई नुकसान नहीं।
error-500-title = गलती हमारी है
error-500-lead = यहाँ कुछ गड़बड़ हो गई। अगर आप हमें लिखें, तो नीचे दिया संदर्भ बताएँ।
error-409-title = अभी संभव नहीं
error-retry = फिर कोशिश करें
error-reference = संदर्भ
error-back = शुरुआत पर वापस जाएँ

## Faults of forms. In English, they have the words of the API.

fault-required = ज़रूरी है
fault-empty = खाली न छोड़ें
fault-too-long = ज़्यादा से ज़्यादा { $limit } वर्ण हो सकते हैं, अभी { $count } हैं
fault-control = इसमें नियंत्रण वर्ण नहीं हो सकते
fault-email = सही मेल पता होना चाहिए
fault-password-short = 15 वर्ण होने चाहिए, या 8 जिनमें एक बड़ा अक्षर, एक अंक और एक चिह्न हो
fault-password-long = ज़्यादा से ज़्यादा 256 वर्ण हो सकते हैं
fault-password-own = आपके नाम या पते से नहीं बना होना चाहिए
fault-password-known = यह पासवर्ड का अंदाज़ा लगाने वालों को मालूम है
fault-password-wrong = यह आपका पासवर्ड नहीं है
fault-code-wrong = यह अभी का कोड नहीं है
fault-stale-setup = यह इस खाते से नहीं है: फिर से शुरू करें
fault-name-taken = यह किसी दूसरे आयोजक का नाम है
fault-member = यह एक सदस्य का पता है
fault-role = इनमें से एक चुनें: मालिक, प्रबंधक, वित्त, गेट कर्मचारी, व्यूअर
fault-language = इनमें से एक चुनें: en, de, fr, es, pt, hi, ar, ja
fault-token-name = एक पंक्ति में 1 से 100 वर्ण होने चाहिए
fault-one-entry = कम से कम एक प्रविष्टि होनी चाहिए
fault-no-owner = टीम का कोई मालिक नहीं बचेगा: पहले किसी और को मालिक बनाएँ
fault-sole-owner = { $names } के अकेले मालिक आप हैं: पहले किसी और को मालिक बनाएँ
fault-other-account = यह पता किसी दूसरे खाते का है
fault-invitations = बहुत ज़्यादा आमंत्रण खुले हैं, या पिछले एक घंटे में इस पते पर भेजे गए हैं
fault-owned = आप { $most } आयोजकों के मालिक हैं, इससे ज़्यादा की अनुमति नहीं है
fault-tokens = आयोजक के पास { $most } मान्य टोकन हैं, इससे ज़्यादा की अनुमति नहीं है
fault-factor-present = दूसरा कारक पहले से है
fault-no-accounts = नए खाते इस सर्वर के संचालक बनाते हैं
fault-no-organizers = आयोजक इस सर्वर के संचालक बनाते हैं
fault-forbidden = आपकी भूमिका में इसकी अनुमति नहीं है
