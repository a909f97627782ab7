// From the storage plan to the view of the scripts around an installation by Anaconda.
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import { bootEntryOf } from '../plan-steps.ts'
import { mounted, namedPartitions, planStorageSteps } from '../plan-storage-steps.ts'
import type { KickstartStepsView } from './kickstart-steps-view.ts'

/** Whose scripts. `treeUrl`: of the installation tree on the control plane, with a slash at its end. */
export interface KickstartScriptsQuestion { plan: StoragePlan, order: { id: string, attempt: number, name: string }, treeUrl: string, bootOrder: 'disk' | 'network' }

/** What Anaconda's environment needs that lorax might not leave there, for the first script. */
const programs = ['blkid', 'lsblk', 'wipefs', 'lvm', 'udevadm', 'blockdev', 'sync', 'curl', 'tar', 'sha256sum', 'dd', 'readlink', 'findmnt', 'awk', 'cut', 'sort', 'timeout']
const programsToKeep = ['sfdisk', 'dumpe2fs', 'dmsetup', 'losetup', 'modprobe', 'du', 'find', 'df', 'truncate', 'cmp', 'comm', 'stat']

/** The view for {@link KickstartScriptsQuestion}, but for the name of the part. */
export function planKickstartSteps({ plan, order, treeUrl, bootOrder }: KickstartScriptsQuestion): Omit<KickstartStepsView, 'part'> {
  const partitions = namedPartitions(plan)
  const { disks, groups, expected, kept, rootGroupUuid, rehearsed, olds, mustBeEmpty, carrying, carryOver, adopted, reformatted, espKept, espVariable } = planStorageSteps(plan)
  const reprovision = plan.order === 'reprovision'
  return {
    name: order.name, attempt: order.attempt, order: order.id, reprovision,
    left: reprovision ? 'kept volumes are untouched; run labctl provision retry' : 'the system on the disk is unfinished; run labctl provision retry',
    programs: [...programs, ...reprovision ? programsToKeep : []],
    disks, groups, expected, kept, rootGroupUuid, rehearsed, olds, mustBeEmpty, carrying, carryOver, adopted, reformatted, espKept, espVariable,
    uefi: plan.firmware === 'uefi', bootEntry: bootEntryOf(plan, partitions, bootOrder),
    treeinfo: `${treeUrl}.treeinfo`,
    made: mounted(plan).map(({ mount, filesystem, variable, device }) => {
      if (variable === '') return { mount, filesystem, device, disk: '', uuid: plan.volumes.find(volume => volume.mount === mount)!.uuid ?? '' }
      const partition = partitions.find(found => found.variable === variable)!
      return { mount, filesystem, device: '', disk: `/dev/disk/by-id/${partition.disk}`, uuid: partition.action === 'create' ? '' : partition.partUuid.toLowerCase() }
    }),
    tagged: plan.volumes.filter(volume => volume.action !== 'keep').map(volume => ({ what: `tagging ${volume.group}/${volume.name}`, path: `${volume.group}/${volume.name}`, tag: volume.action === 'create' ? volume.tag : '' })),
  }
}
