# The pages beside the conversation: who said what, the timeline, the library.

page-ask = الأسئلة
page-positions = من قال ماذا
page-timeline = التسلسل الزمني
page-library = المقالات

## Who said what

positions-intro = اختر موضوعًا أو اكتب موضوعًا. يُذكر كل متحدث مع كلماته المقتبسة.
positions-topic = الموضوع
positions-show = عرض
positions-topics = مواضيع يتحدث عنها أكثر من شخص
positions-speaker = المتحدث
positions-words = بكلماته
positions-none = لا أحد في المقالات يُقتبس قوله في هذا الموضوع.
positions-found =
    { $people ->
        [zero] لا متحدثين
        [one] متحدث واحد
        [two] متحدثان
        [few] { $people } متحدثين
        [many] { $people } متحدثًا
       *[other] { $people } متحدث
    }، { $quotes ->
        [zero] لا اقتباسات
        [one] اقتباس واحد
        [two] اقتباسان
        [few] { $quotes } اقتباسات
        [many] { $quotes } اقتباسًا
       *[other] { $quotes } اقتباس
    }

## Timeline

timeline-intro = ما حدث ومتى، بجمل المقالات نفسها.
timeline-person = الشخص
timeline-everybody = الجميع
timeline-since = من
timeline-until = إلى
timeline-show = عرض
timeline-none = لا تذكر المقالات حدثًا كهذا.
timeline-found =
    { $events ->
        [zero] لا أحداث
        [one] حدث واحد
        [two] حدثان
        [few] { $events } أحداث
        [many] { $events } حدثًا
       *[other] { $events } حدث
    }
timeline-by-article = لا تذكر الجملة يومًا؛ هذا تاريخ المقال.

## Library

library-intro = كل المقالات المتاحة لك، الأحدث أولًا.
library-words = كلمات في العنوان أو الوسيلة أو الأشخاص أو النص
library-search = بحث
library-none = لا يوجد مقال كهذا.
library-shown = المقالات { $first }–{ $last } من { $all }
library-undated = بلا تاريخ
library-in-text = وُجد في النص
library-back = السابق
library-on = التالي

## The article that is read

article-unopened = اختر مقالًا لقراءته هنا.
article-none = هذا المقال غير موجود أو لم يعد موجودًا.
article-back = العودة إلى القائمة
article-also = أيضًا في:

## Adding articles

add-articles = إضافة مقالات
add-files = الملفات
add-page = عنوان صفحة ويب
add-replace = استبدال الملفات التي أضفتُها سابقًا بالاسم نفسه
add-send = إضافة
add-sending = جارٍ الإرسال …
add-queued = في انتظار الدور …
add-working = جارٍ القراءة …
add-added = أُضيف
add-changed = استُبدل
add-unchanged = موجود سابقًا دون تغيير
add-failed = تعذرت إضافته
add-unreachable = تعذر الوصول إلى الخادم. حاول مجددًا بعد قليل.
