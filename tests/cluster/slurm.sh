#!/usr/bin/env bash
# A real Slurm on 127.0.0.1: one node, two fake GPUs, a partition whose jobs preempt those of the other. usage: slurm.sh start|stop FOLDER
# Needs root and Debian; installs Slurm if it is missing. Exit status 3: Slurm cannot run here; the last line says why.
set -euo pipefail
folder=$2
export SLURM_CONF=$folder/slurm.conf

cannot() { echo "$*"; exit 3; }

start() {
    [ "$(id -u)" = 0 ] || cannot "only root can start Slurm"
    if ! command -v slurmctld slurmd munged >/dev/null; then
        "$(dirname "$0")/../debian_packages.sh" slurmctld slurmd slurm-client munge
    fi
    pgrep --runstates DRS --exact slurmctld >/dev/null && cannot "another Slurm runs here"
    mkdir -p "$folder"/{state,spool,log} /etc/slurm
    chmod 755 "$folder"
    # MinJobAge: the seconds for which Slurm shows a finished job; the executor seldom asks. Timeouts suit a busy machine.
    cat >"$SLURM_CONF" <<EOF
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=16827
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_min_interval=0,bf_interval=2
GresTypes=gpu
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
PropagateResourceLimits=NONE
KillWait=2
MinJobAge=3600
MessageTimeout=100
BatchStartTimeout=600
NodeName=localhost NodeAddr=127.0.0.1 Port=16828 CPUs=8 RealMemory=64000 Gres=gpu:2
PartitionName=gpu Nodes=localhost Default=YES DefaultTime=10 MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=localhost DefaultTime=10 MaxTime=INFINITE State=UP PriorityTier=2
EOF
    # Slurm needs distinct character devices.
    echo 'NodeName=localhost Name=gpu File=/dev/null,/dev/zero' >"$folder/gres.conf"
    # The executor's jobs look for the configuration in the default folder.
    for file in slurm.conf gres.conf; do
        [ ! -e /etc/slurm/$file ] || [ -L /etc/slurm/$file ] || cannot "/etc/slurm/$file is another Slurm's"
        ln -sfn "$folder/$file" /etc/slurm/$file
    done
    head -c 128 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    munged -S "$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
        --seed-file="$folder/munged.seed" --log-file="$folder/log/munged.log"
    slurmctld
    slurmd -N localhost
    for _ in $(seq 6000); do
        [ -n "$(sinfo -h -t idle 2>/dev/null)" ] && exit 0
        sleep 0.1
    done
    cannot "Slurm's node does not become ready: $(tail -n1 "$folder/log/slurmctld.log")"
}

stop() {
    scancel --user "$(id -un)" 2>/dev/null || true
    for name in slurmd slurmctld munged; do
        [ -s "$folder/$name.pid" ] || continue
        process=$(cat "$folder/$name.pid")
        kill "$process" 2>/dev/null || true
        for _ in $(seq 100); do
            pgrep --runstates DRS --pidfile "$folder/$name.pid" >/dev/null 2>&1 || break
            sleep 0.05
        done
    done
    for file in slurm.conf gres.conf; do
        [ "$(readlink /etc/slurm/$file)" != "$folder/$file" ] || rm /etc/slurm/$file
    done
}

"$1"
