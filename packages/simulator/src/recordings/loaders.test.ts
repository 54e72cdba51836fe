import { cinc2015Record } from './cinc2015.js';
import { mimic2Record } from './mimic2.js';
import { physionet2012Record } from './physionet2012.js';
import type { PatientRecord, Row } from './record.js';

const rows = (header: string, ...lines: string[]): Row[] => {
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? '', value])));
};
const told = (record: PatientRecord): string[][] =>
  record.samples.map((s) => [`${s.offsetMs}`, ...s.readings.map((r) => `${r.metric} ${r.value} ${r.unit} ${r.quality}`)]);

describe('cinc2015', () => {
  const header = 'record,sec_rel_alarm,hr_ecg1,hr_ecg2,pr_pleth,pr_abp,abp_sys,abp_dia,abp_mean,rr_resp';

  test('the first lead that has a value wins; a channel that is never there is left out', () => {
    expect(told(cinc2015Record(rows(header, 'v1,-299,,81,,,,,,', 'v1,-298,80,81,,,,,,')))).toEqual([
      ['0', 'heartRate 81 /min valid'],
      ['1000', 'heartRate 80 /min valid'],
    ]);
  });

  test('empty is not measured, a railed pressure is out of range, other artefacts are sent as recorded', () => {
    const record = cinc2015Record(rows(header, 'v1,0,80,,81,,430.6,-8189.1,0.0,12', 'v1,1,,,,,-0.5,60,80,'));
    expect(told(record)).toEqual([
      [
        '0',
        'heartRate 80 /min valid',
        'pulseRate 81 /min valid',
        'respirationRate 12 /min valid',
        'arterialSystolic null mm[Hg] outOfRange',
        'arterialDiastolic null mm[Hg] outOfRange',
        'arterialMean 0 mm[Hg] valid',
      ],
      [
        '1000',
        'heartRate null /min notMeasured',
        'pulseRate null /min notMeasured',
        'respirationRate null /min notMeasured',
        'arterialSystolic -0.5 mm[Hg] valid',
        'arterialDiastolic 60 mm[Hg] valid',
        'arterialMean 80 mm[Hg] valid',
      ],
    ]);
  });
});

test('mimic2: zero and empty are "not measured", the cuff only speaks when it measured', () => {
  const record = mimic2Record('s1', rows('minute,HR,SpO2,ABPSys,NBPSys', '5,0.0,96.0,0.0,', '6,62.8,,0.0,120.0'));
  expect(record.recordId).toBe('s1');
  expect(told(record)).toEqual([
    ['0', 'heartRate null /min notMeasured', 'spo2 96 % valid'],
    ['60000', 'heartRate 62.8 /min valid', 'spo2 null % notMeasured', 'nibpSystolic 120 mm[Hg] valid'],
  ]);
});

describe('physionet2012', () => {
  const header = 'RecordID,minute,param,value';

  test('parameters of one minute are one message, converted to our units', () => {
    const lines = ['1,7,HR,73.0', '1,7,FiO2,0.4', '1,7,NIMAP,92.33', '1,67,Temp,36.1'];
    expect(told(physionet2012Record(rows(header, ...lines)))).toEqual([
      ['0', 'heartRate 73 /min valid', 'inspiredOxygen 40 % valid', 'nibpMean 92.33 mm[Hg] valid'],
      ['3600000', 'temperature 36.1 Cel valid'],
    ]);
  });

  test('blood gas saturation, coma scale and laboratory values are no vital signs of ours', () => {
    const lines = ['1,7,SaO2,97', '1,7,GCS,15', '1,7,MechVent,1', '1,7,Lactate,2.1', '1,9,HR,80'];
    expect(told(physionet2012Record(rows(header, ...lines)))).toEqual([['0', 'heartRate 80 /min valid']]);
  });

  test('artefacts are sent as recorded', () => {
    const lines = ['1,7,HR,300', '1,7,Temp,-17.8', '1,7,MAP,0'];
    expect(told(physionet2012Record(rows(header, ...lines)))[0]).toEqual([
      '0',
      'heartRate 300 /min valid',
      'temperature -17.8 Cel valid',
      'arterialMean 0 mm[Hg] valid',
    ]);
  });

  test('age and sex come from the outcomes', () => {
    const [outcome] = rows('RecordID,Age,Gender', '1,54,0');
    expect(physionet2012Record(rows(header, '1,7,HR,73'), outcome)).toMatchObject({ ageYears: 54, sex: 'female' });
    const [unknown] = rows('RecordID,Age,Gender', '1,54,-1');
    expect(physionet2012Record(rows(header, '1,7,HR,73'), unknown).sex).toBeUndefined();
  });
});
