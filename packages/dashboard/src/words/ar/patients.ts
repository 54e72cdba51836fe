import type { Words } from '../words.js';

/** Arabic. Not yet read by a clinical translator. */
export const patients: Words['patients'] = {
  fromWristband: 'من سوار المريض',
  mrn: 'رقم الملف',
  or: 'أو',
  familyName: 'اسم العائلة',
  birthDate: 'تاريخ الميلاد',
  find: 'بحث',
  looking: 'جارٍ البحث…',
  what: 'أدخل رقم الملف، أو اسم العائلة وتاريخ الميلاد.',
  nobody: 'لم يُعثر على أحد. تحقق من الكتابة: البحث مطابق تمامًا.',
  found: 'وُجد',
  foundOne: '{{family}}، {{given}} – {{birthDate}} – {{mrn}}',
  notMine: 'مريض لا تعالجه ({{number}})',
  theRecord: 'الملف',
  record: 'الملف',
  patient: 'المريض',
  admit: 'إدخال مريض',
};
