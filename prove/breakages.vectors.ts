import { calls } from './breakages/calls.vectors.ts'
import { counts } from './breakages/counts.vectors.ts'
import { doors } from './breakages/doors.vectors.ts'
import { faults } from './breakages/faults.vectors.ts'
import { house } from './breakages/house.vectors.ts'

/** Ways to break the system, by claim. */
export const breakages = [...calls, ...counts, ...faults, ...doors, ...house]
