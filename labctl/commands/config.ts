import { Argument, Command } from 'commander'
import { readSettings, settingsPath, writeSettings } from '../config/settings-file.ts'
import { judgeSetting, settingKeys, settingMeanings, variableOf, type SettingKey } from '../config/settings.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

const keyArgument = () => new Argument('<key>', 'setting').choices(settingKeys)

/** `labctl config`: where the bastion is and how it is known. */
export function configCommand(session: Session): Command {
  return new Command('config').description('settings: where the bastion is and how it is known')
    .addCommand(configList(session)).addCommand(configGet(session)).addCommand(configSet(session)).addCommand(configUnset(session)).addCommand(configPath(session))
}

function configList(session: Session): Command {
  return withFormat(new Command('list').alias('ls').description('list the settings and where each comes from; the token is masked')).action((options: FormatOptions) => {
    const { settings, from, path } = readSettings(session)
    const rows = settingKeys.map(key => ({ key, value: key === 'token' ? mask(settings.token) : settings[key], from: from[key] }))
    answer(session, options.output, { path, settings: rows }, () => {
      session.terminal.print(renderTable(['SETTING', 'VALUE', 'FROM', 'MEANING'], rows.map(({ key, value, from }) => [
        { text: key, tone: 'strong' }, value ?? { text: 'not set', tone: 'faint' }, from ?? '-', { text: settingMeanings[key], tone: 'faint' },
      ]), session.terminal.color))
      if (settings.url === null) session.terminal.line('Next: labctl config set url https://ADDRESS:PORT, then pin and token; or labctl init bastion standalone start.')
    })
  })
}

function configGet(session: Session): Command {
  return new Command('get').description('print one setting, the token too').addArgument(keyArgument()).action((key: SettingKey) => {
    const value = readSettings(session).settings[key]
    if (value === null) throw new LabctlError('not-found', 'setting-missing', `${key} is not set.`, { nextStep: `labctl config set ${key}, or the variable ${variableOf(key)}.` })
    session.terminal.print(value)
  })
}

function configSet(session: Session): Command {
  return new Command('set').description('change one setting in the file').addArgument(keyArgument()).argument('[value]', 'its value; read from standard input when left out, and always for the token')
    .action(async (key: SettingKey, given: string | undefined) => {
      if (key === 'token' && given !== undefined && given !== '-') {
        throw new LabctlError('usage', 'secret-on-command-line', 'A token is never given on the command line: other users and the shell’s history would see it.', { nextStep: 'labctl config set token < FILE, or type it when asked: labctl config set token' })
      }
      const value = given === undefined || given === '-' ? (await session.readSecret(`${key}: `)).trim() : given
      const mistake = judgeSetting(key, value)
      if (mistake !== null) throw new LabctlError('usage', 'setting-invalid', `This is not valid as ${key}: ${mistake}.`)
      const path = settingsPath(session)
      writeSettings(path, { [key]: value })
      session.terminal.note(`${key} is set in ${path}.${session.env[variableOf(key)] === undefined ? '' : ` ${variableOf(key)} overrides it.`}`)
    })
}

function configUnset(session: Session): Command {
  return new Command('unset').description('take one setting out of the file').addArgument(keyArgument()).action((key: SettingKey) => { writeSettings(settingsPath(session), { [key]: null }) })
}

function configPath(session: Session): Command {
  return new Command('path').description('print where the settings are kept').action(() => { session.terminal.print(settingsPath(session)) })
}

function mask(token: string | null): string | null {
  return token === null ? null : `${token.slice(0, 4)}${'*'.repeat(8)}`
}
