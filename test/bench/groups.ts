import type { Figures } from './figures.ts'

/** A group of figures that can be measured by itself. */
export interface Group { about: string, run: (figures: Figures) => Promise<void> }

/** The groups of `npm run bench`, in the order in which they are run. Each is loaded only when it is asked for. */
export const groups: Record<string, Group> = {
  dispatch: { about: '/dispatch under load', run: async figures => (await import('./dispatch/bench-dispatch.ts')).benchDispatch(figures) },
  conversation: { about: 'overlay, facts, progress and waiting, a thousand machines', run: async figures => (await import('./conversation/bench-conversation.ts')).benchConversation(figures) },
  files: { about: 'RAM disks and images to 1, 8 and 32 machines, beside nginx', run: async figures => (await import('./files/bench-files.ts')).benchFiles(figures) },
  storm: { about: 'a rack of 1,000 machines that starts at once, from the first DHCP packet to discovered', run: async figures => (await import('./storm/bench-storm.ts')).benchStorm(figures) },
  machines: { about: 'sizes, and machines from power-on to installed', run: async figures => (await import('./machines/bench-machines.ts')).benchMachines(figures, { qemu: true }) },
}

/** Groups that are a part of another one: run only when they are named. */
export const partialGroups: Record<string, Group> = {
  uml: { about: 'machines, without the slow ones in QEMU', run: async figures => (await import('./machines/bench-machines.ts')).benchMachines(figures, { qemu: false }) },
}
