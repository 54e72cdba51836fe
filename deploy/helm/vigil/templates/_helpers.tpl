{{- define "vigil.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "vigil.labels" -}}
app.kubernetes.io/name: vigil
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "vigil.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- define "vigil.claim" -}}
{{ .Values.persistence.existingClaim | default (printf "%s-data" (include "vigil.name" .)) }}
{{- end -}}

{{- define "vigil.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# Once, on the empty volume: later it would make key files readable to the group.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "vigil.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "vigil.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
- { name: secrets, mountPath: /run/secrets/vigil, readOnly: true }
{{- end -}}

{{- define "vigil.volumes" -}}
- name: data
  persistentVolumeClaim: { claimName: {{ include "vigil.claim" . }} }
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 64Mi }
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: { name: {{ .Values.secrets.hubPlatform.name }}, items: [{ key: {{ .Values.secrets.hubPlatform.key }}, path: hub-platform }] }
      - secret: { name: {{ .Values.secrets.hubWatchdog.name }}, items: [{ key: {{ .Values.secrets.hubWatchdog.key }}, path: hub-watchdog }] }
      - secret: { name: {{ .Values.secrets.smtpUrl.name }}, items: [{ key: {{ .Values.secrets.smtpUrl.key }}, path: smtp-url }] }
      - secret: { name: {{ .Values.secrets.tls.name }}, items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }] }
      {{- range $setting, $ref := .Values.secretSettings }}
      - secret: { name: {{ $ref.name }}, items: [{ key: {{ $ref.key }}, path: {{ $setting }} }] }
      {{- end }}
      # The authority, where that is a private one.
      - secret: { name: {{ .Values.secrets.tls.name }}, optional: true, items: [{ key: ca.crt, path: ca.crt }] }
{{- end -}}

{{- /* The roles that run: one process that does everything, or the others. As JSON. */ -}}
{{- define "vigil.roles" -}}
{{- if not .Values.inParts -}}
{{- toJson (pick .Values.roles "all") -}}
{{- else -}}
{{- range list "DATABASE_URL" "REDIS_URL" -}}
{{- if not (hasKey $.Values.secretSettings .) -}}
{{- fail (printf "inParts needs secretSettings.%s: several processes share a database and hear of each other" .) -}}
{{- end -}}
{{- end -}}
{{- $running := dict -}}
{{- range $role, $of := omit .Values.roles "all" -}}
{{- if gt (int $of.replicas) 0 -}}{{- $_ := set $running $role $of -}}{{- end -}}
{{- end -}}
{{- toJson $running -}}
{{- end -}}
{{- end -}}

{{- define "vigil.host" -}}
{{- (urlParse .Values.publicUrl).hostname -}}
{{- end -}}

{{- /* What all pods that have the volume share. */ -}}
{{- define "vigil.pod" -}}
serviceAccountName: {{ include "vigil.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
# A process gives up what it does within 10 s; an API waits 5 s before it, until nobody is sent to it any more.
terminationGracePeriodSeconds: 20
securityContext:
  {{- include "vigil.podSecurity" . | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
nodeSelector: {{ toJson .Values.nodeSelector }}
tolerations: {{ toJson .Values.tolerations }}
{{- if .Values.inParts }}
# The disk is at one node at a time. The first pod goes anywhere, because it fits its own rule.
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            app.kubernetes.io/name: vigil
            app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
volumes:
  {{- include "vigil.volumes" . | nindent 2 }}
{{- end -}}

{{- define "vigil.watchdog" -}}
name: watchdog
image: {{ include "vigil.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [/opt/vigil/bin/vigil-watchdog]
securityContext:
  {{- include "vigil.containerSecurity" . | nindent 2 }}
env:
  - { name: VIGIL_DATA_DIR, value: /data/site }
  - { name: VIGIL_SOURCE, value: {{ .Values.source | quote }} }
  - { name: VIGIL_WATCHDOG_HTTP_PORT, value: '3003' }
  {{- if .Values.inParts }}
  - { name: VIGIL_PLATFORM_URL, value: {{ .Values.watchdog.platformUrl | default .Values.publicUrl | quote }} }
  {{- else }}
  - { name: VIGIL_PLATFORM_URL, value: {{ printf "https://%s:3000" (include "vigil.host" .) | quote }} }
  {{- end }}
  - { name: VIGIL_WATCHDOG_MAIL_TO, value: {{ required "watchdog.mailTo: who hears from the watchdog" .Values.watchdog.mailTo | quote }} }
  - { name: VIGIL_HUB_NAME, value: {{ .Values.hubName | quote }} }
  - { name: EVENT_HUBS_CONNECTION_STRING_FILE, value: /run/secrets/vigil/hub-watchdog }
  - { name: SMTP_URL_FILE, value: /run/secrets/vigil/smtp-url }
  - { name: NODE_EXTRA_CA_CERTS, value: /run/secrets/vigil/ca.crt }
# It listens on 127.0.0.1 only.
livenessProbe:
  exec: { command: [node, /opt/vigil-healthy.mjs, 'http://127.0.0.1:3003/health/live'] }
  periodSeconds: 20
  timeoutSeconds: 5
resources: {{ toJson .Values.watchdog.resources }}
volumeMounts:
  {{- include "vigil.mounts" . | nindent 2 }}
{{- end -}}
