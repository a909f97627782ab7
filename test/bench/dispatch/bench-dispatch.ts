import type { Figures } from '../figures.ts'

/** /dispatch and the boot conversation under load, against a bastion in a process of its own. */
export async function benchDispatch(_figures: Figures): Promise<void> {}
