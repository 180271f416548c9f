import type { SifOptions } from '@fairlead/images';
import type { BaseName } from './base-images.ts';

/** How Apptainer makes a SIF: of an OCI image as it is, or of a definition file. */
export type SifRecipe = OciRecipe | DefinitionRecipe;

interface Named {
  readonly name: string;
  /** Without which it would not be converted. */
  readonly options?: SifOptions;
}

export interface OciRecipe extends Named {
  readonly of: BaseName;
}

export interface DefinitionRecipe extends Named {
  /** The definition without its header. */
  readonly sections: string;
  /** `full` and the like: that OCI image. `files`: the files of the images alone, without a configuration. */
  readonly from: BaseName | 'files';
}

const environment = `
%environment
  export PLAIN=plain
  export SINGLE="it's"
  export DOUBLE='a "b" c'
  export DOLLAR='cost $HOME'
  export EXPANDED="path is $PATH"
  export TICK='a \`id\` b'
  export RUN="\`echo run\` $(echo twice)"
  export NEWLINE='first
second'
  export BACKSLASH='a\\b'
  LATER=later
  export LATER
  NOT_EXPORTED=1
`;

const sections = `
%setup
  echo setup >"$APPTAINER_ROOTFS/from-setup"
%post
  echo post >/from-post
  mkdir -p /srv/from-post
  echo 'export FROM_POST=1' >>"$APPTAINER_ENVIRONMENT"
${environment}
%runscript
  echo "runscript of $#"
  exec /bin/probe fixed "$@"
%startscript
  exec /bin/sleep 600
%test
  test -x /bin/probe
%labels
  org.example.kind sections
  Author "A. Name"
%help
  Helpful.
`;

const apps = `
%runscript
  exec /bin/probe main "$@"
%appinstall tool
  echo installed >made
%appenv tool
  export TOOL=1
%apprun tool
  exec /bin/probe tool "$@"
%apphelp tool
  Help of the tool.
%applabels tool
  kind app
`;

/** The SIFs that Apptainer makes. */
export const sifRecipes: readonly SifRecipe[] = [
  { name: 'oci-full', of: 'full' },
  { name: 'oci-command', of: 'command' },
  { name: 'oci-entrypoint', of: 'entrypoint' },
  { name: 'oci-nothing', of: 'nothing' },
  { name: 'oci-twisted', of: 'twisted' },
  { name: 'oci-backtick', of: 'backtick' },
  { name: 'oci-bare', of: 'bare' },
  { name: 'oci-bare-environ', of: 'bare-environ' },
  { name: 'definition-sections', from: 'files', sections },
  { name: 'definition-apps', from: 'files', sections: apps },
  { name: 'definition-nothing', from: 'files', sections: '%post\n  true\n' },
  { name: 'definition-bash', from: 'files', sections: '%runscript\n  #!/bin/bash\n  exec /bin/probe "$@"\n' },
  { name: 'definition-runscript', from: 'full', sections: '%runscript\n  exec /bin/probe custom "$@"\n' },
  { name: 'definition-environment', from: 'entrypoint', sections: environment },
  { name: 'definition-backtick', from: 'backtick', sections: '%environment\n  export ADDED=1\n' },
  { name: 'definition-unclosed', from: 'unclosed', sections: '%environment\n  export ADDED=1\n' },
  {
    name: 'definition-bare',
    from: 'bare',
    sections: '%runscript\n  exec /bin/printf "[%s]" custom "$@"\n',
    options: { mode: 'oci' },
  },
  { name: 'definition-interpreter', from: 'bare', sections: '%runscript\n  #!/bin/cat\n  What cat shows is itself.\n' },
];
