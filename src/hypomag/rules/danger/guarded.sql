-- Reasons to keep magnesium at the higher target: digoxin, a QT drug, an arrhythmia.
select d.patient, d.row
from guarded_drug d
union all
select s.patient, s.row
from sign s
where s.concept in ('torsades', 'ventricular_tachycardia', 'ventricular_fibrillation', 'atrial_fibrillation', 'ventricular_ectopy', 'long_qt')
