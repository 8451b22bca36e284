/** The name of one of our doctors as a PN value: 王丽 is `Wang^Li=王^丽`. PS3.5 §6.2.1. */
import { personNameOf } from '../../dicom/chinese-name.ts'
import { limited } from './modules.ts'

export const doctorName = (displayName: string): string => personNameOf(limited(displayName.replace(/[\^=]/g, ' ').trim(), 64))
