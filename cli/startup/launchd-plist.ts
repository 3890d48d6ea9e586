// PURE: zdmd as a job of launchd, on macOS.
import { MARK, serviceEnvironment, type Service } from './service.ts';

/** The text of the property list. `label` is the job's name. */
export function launchdPlist(service: Service, label: string): string {
  const { scope, user, home, node, daemon, stopSeconds } = service;
  const environment = Object.entries(serviceEnvironment(service)).map(([name, value]) => entry(name, string(value)));
  const entries = [
    entry('Label', string(label)),
    ...(scope === 'system' ? [entry('UserName', string(user))] : []),
    entry('ProgramArguments', list('array', [string(node), string(daemon)])),
    entry('EnvironmentVariables', list('dict', environment)),
    entry('RunAtLoad', '<true/>'),
    // It comes back when it dies, not when it was ended (zdm kill).
    entry('KeepAlive', list('dict', [entry('SuccessfulExit', '<false/>')])),
    // Its apps outlive it.
    entry('AbandonProcessGroup', '<true/>'),
    // Else they would get less of the processor and the disk.
    entry('ProcessType', string('Interactive')),
    entry('ThrottleInterval', '<integer>1</integer>'),
    entry('ExitTimeOut', `<integer>${stopSeconds}</integer>`),
    entry('SoftResourceLimits', list('dict', [entry('NumberOfFiles', '<integer>65536</integer>')])),
    entry('HardResourceLimits', list('dict', [entry('NumberOfFiles', '<integer>65536</integer>')])),
    entry('StandardErrorPath', string(`${home}/zdmd.log`)),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${MARK} -->`,
    '<plist version="1.0">',
    list('dict', entries),
    '</plist>\n',
  ].join('\n');
}

/** What stands in a property list of ours: the home, and the files that have to be there for it to start. */
export function readPlist(text: string): { home: string; programs: string[] } {
  const home = /<key>ZDM_HOME<\/key>\s*<string>(.*?)<\/string>/.exec(text)?.[1] ?? '';
  const start = /<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/.exec(text)?.[1] ?? '';
  const words = [...start.matchAll(/<string>(.*?)<\/string>/g)].map(([, word = '']) => plain(word));
  return { home: plain(home), programs: words };
}

function entry(key: string, value: string): string {
  return `<key>${key}</key>\n${value}`;
}

function list(kind: 'array' | 'dict', lines: readonly string[]): string {
  const inner = lines.join('\n').replaceAll(/^/gm, '  ');
  return `<${kind}>\n${inner}\n</${kind}>`;
}

function string(text: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<string>${safe}</string>`;
}

function plain(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
