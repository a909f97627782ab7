// Orders that many scenarios give.
import type { LabOrder } from '../scenario.ts'
import type { LabRole } from '../layouts.ts'

export const reprovision: LabOrder = { kind: 'reprovision' }

/** The same, as another role. */
export const withRole = (role: LabRole): LabOrder => ({ ...reprovision, role })

/** Refused at first; the operator looks at the new plan, and goes on. */
export const shownAfterwards = (...accept: string[]): LabOrder => ({ ...reprovision, shownAfterwards: true, accept })
