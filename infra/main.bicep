// Everything Darkroom needs in one resource group. `azd up` deploys it with main.parameters.json,
// `azd up` with production.parameters.json copied over it deploys the hardened form.
targetScope = 'subscription'

@minLength(1)
@maxLength(32)
@description('Name of the environment; part of every resource name, and the tag azd-env-name.')
param environmentName string

@metadata({
  azd: {
    type: 'location'
  }
})
@description('Region of everything but the model.')
param location string

@description('Region of the Azure OpenAI account: one that has the chosen image models.')
param modelLocation string = location

@description('Who deploys: may write secrets of the vault. Empty in pipelines that have it otherwise.')
param principalId string = ''

@allowed([
  'User'
  'ServicePrincipal'
])
@description('What principalId is.')
param principalType string = 'User'

@minLength(1)
@description('Image deployments of the account: name, model, version, sku, capacity, requestsPerMinute; if wanted priority (without it, the place in this list) and countImages, api, apiVersion, orchestrator, orchestratorModel as in DARKROOM_DEPLOYMENTS.')
param imageDeployments array

@description('Deployments of other accounts, in other regions: whole entries of DARKROOM_DEPLOYMENTS, without apiKey. The app calls them by its identity.')
param moreDeployments array = []

@description('DARKROOM_CALLERS: who calls, and what each may do. Keys are there as SHA-256 only.')
param callers array = []

@description('DARKROOM_DEFAULT_APPROVAL; empty: the built-in one.')
param defaultApproval object = {}

@description('DARKROOM_CALLBACK_HOSTS; empty: the built-in ones.')
param callbackHosts array = []

@allowed([
  'hold'
  'retry_once'
])
@description('DARKROOM_UNKNOWN_OUTCOME.')
param unknownOutcome string = 'hold'

@minValue(1)
@maxValue(63072000)
@description('DARKROOM_ATTENTION_DEADLINE_S.')
param attentionDeadlineS int = 1209600

@description('Mail addresses that alerts go to.')
param alertEmails array = []

@description('Tag: who answers for it.')
param owner string

@description('Tag: who pays for it.')
param costCenter string

@description('What is to be drawn is screened by Azure AI Content Safety first; deploys an account of it.')
param contentSafety bool = false

@description('Region of the Content Safety account.')
param contentSafetyLocation string = modelLocation

@description('Deployment of a chat model that drafts alt texts: name, model, version, sku, capacity, and if wanted language (en) and reasoningEffort. Empty: none.')
param altTextDeployment object = {}

@description('VNet integration, private endpoints and private DNS; the services are closed to the internet.')
param privateNetwork bool = false

@description('Storage is encrypted with a key of our own vault.')
param customerManagedKey bool = false

@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
  'Standard_RAGRS'
  'Standard_RAGZRS'
])
@description('How often, and where, what requests have is kept: in one place, in zones, in a second region.')
param storageSku string = 'Standard_ZRS'

@description('Name of a storage account that the app works on in place of the one deployed here: one that failed over from another region. Empty: the one deployed here.')
param dataAccount string = ''

@description('A time-based immutability policy on the journals; created unlocked.')
param immutableJournals bool = false

@description('Who wrote which blob is logged, as who deleted one always is: a line for each write.')
param auditWrites bool = false

@description('Instances over several zones; needs at least two always-ready instances per group.')
param zoneRedundant bool = false

@description('Warm instances: name (http, or function:<name>) and instanceCount.')
param alwaysReady array = []

@minValue(1)
@maxValue(1000)
@description('Most instances of each group of functions.')
param maximumInstanceCount int = 100

@description('Client id of the app registration that App Service authentication uses; empty: function keys.')
param entraClientId string = ''

@description('DARKROOM_PUBLIC_URL, with /api: where a domain or gateway of your own stands before the app.')
param publicUrl string = ''

@description('DARKROOM_POLICY: path of a file that is deployed with the app, or blob:CONTAINER/NAME. Empty: the built-in one.')
param policy string = ''

@description('DARKROOM_PRICE_BOOK: path of a file that is deployed with the app, or blob:CONTAINER/NAME. Empty: the built-in one.')
param priceBook string = ''

@description('Who approves by mail where a stage names nobody; deploys the Logic App for it. Empty: none.')
param approverMail string = ''

@description('How long logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

var tags = {
  'azd-env-name': environmentName
  application: 'darkroom'
  owner: owner
  costCenter: costCenter
}
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-darkroom-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    retentionDays: logRetentionDays
    appPrincipalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identity.outputs.principalId
    deployerId: principalId
    deployerType: principalType
    storageKey: customerManagedKey
    closed: privateNetwork
  }
}

// Storage opens its key by a role that was just given, and a role takes a while to count
// (https://github.com/Azure/bicep/issues/16601): so the accounts are made after what takes longest.
module data 'modules/data_storage.bicep' = {
  name: 'data-storage'
  scope: group
  params: {
    name: 'stdata${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identity.outputs.principalId
    closed: privateNetwork
    sku: storageSku
    immutableJournals: immutableJournals
    auditWrites: auditWrites
    keyVaultUri: customerManagedKey ? vault.outputs.uri : ''
    keyName: vault.outputs.storageKeyName
    keyIdentityId: vault.outputs.keyIdentityId
  }
  dependsOn: [
    models
  ]
}

module host 'modules/host_storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    name: 'sthost${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identity.outputs.principalId
    deployerId: principalId
    deployerType: principalType
    closed: privateNetwork
    keyVaultUri: customerManagedKey ? vault.outputs.uri : ''
    keyName: vault.outputs.storageKeyName
    keyIdentityId: vault.outputs.keyIdentityId
  }
  dependsOn: [
    models
  ]
}

module models 'modules/models.bicep' = {
  name: 'models'
  scope: group
  params: {
    token: token
    location: modelLocation
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identity.outputs.principalId
    imageDeployments: imageDeployments
    altTextDeployment: altTextDeployment
    closed: privateNetwork
  }
}

module safety 'modules/safety.bicep' = if (contentSafety) {
  name: 'safety'
  scope: group
  params: {
    name: 'cs-darkroom-${token}'
    location: contentSafetyLocation
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identity.outputs.principalId
    closed: privateNetwork
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  scope: group
  params: {
    name: 'evgt-darkroom-${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appPrincipalId: identity.outputs.principalId
    closed: privateNetwork
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    zones: concat([
      'privatelink.blob.${environment().suffixes.storage}'
      'privatelink.queue.${environment().suffixes.storage}'
      'privatelink.table.${environment().suffixes.storage}'
      'privatelink.vaultcore.azure.net'
      'privatelink.openai.azure.com'
      'privatelink.eventgrid.azure.net'
    ], contentSafety ? [
      'privatelink.cognitiveservices.azure.com'
    ] : [])
    targets: concat([
      {
        name: 'data-blob'
        id: data.outputs.id
        group: 'blob'
        zone: 'privatelink.blob.${environment().suffixes.storage}'
      }
      {
        name: 'data-queue'
        id: data.outputs.id
        group: 'queue'
        zone: 'privatelink.queue.${environment().suffixes.storage}'
      }
      {
        name: 'host-blob'
        id: host.outputs.id
        group: 'blob'
        zone: 'privatelink.blob.${environment().suffixes.storage}'
      }
      {
        name: 'host-queue'
        id: host.outputs.id
        group: 'queue'
        zone: 'privatelink.queue.${environment().suffixes.storage}'
      }
      {
        name: 'host-table'
        id: host.outputs.id
        group: 'table'
        zone: 'privatelink.table.${environment().suffixes.storage}'
      }
      {
        name: 'vault'
        id: vault.outputs.id
        group: 'vault'
        zone: 'privatelink.vaultcore.azure.net'
      }
      {
        name: 'models'
        id: models.outputs.id
        group: 'account'
        zone: 'privatelink.openai.azure.com'
      }
      {
        name: 'events'
        id: events.outputs.id
        group: 'topic'
        zone: 'privatelink.eventgrid.azure.net'
      }
    ], contentSafety ? [
      {
        name: 'safety'
        id: safety!.outputs.id
        group: 'account'
        zone: 'privatelink.cognitiveservices.azure.com'
      }
    ] : [])
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: 'func-darkroom-${token}'
    planName: 'plan-darkroom-${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsConnection: monitoring.outputs.insightsConnection
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    packageContainerUrl: host.outputs.packageContainerUrl
    hostBlobUrl: host.outputs.blobUrl
    hostQueueUrl: host.outputs.queueUrl
    hostTableUrl: host.outputs.tableUrl
    dataBlobUrl: empty(dataAccount) ? data.outputs.blobUrl : 'https://${dataAccount}.blob.${environment().suffixes.storage}'
    dataQueueUrl: empty(dataAccount) ? data.outputs.queueUrl : 'https://${dataAccount}.queue.${environment().suffixes.storage}'
    deployments: concat(models.outputs.deployments, moreDeployments)
    callers: callers
    defaultApproval: defaultApproval
    callbackHosts: callbackHosts
    unknownOutcome: unknownOutcome
    attentionDeadlineS: attentionDeadlineS
    signingKeysUri: vault.outputs.signingKeysUri
    topicEndpoint: events.outputs.endpoint
    contentSafetyEndpoint: contentSafety ? safety!.outputs.endpoint : ''
    altTextDeployment: models.outputs.altTextDeployment
    entraClientId: entraClientId
    publicUrl: publicUrl
    policy: policy
    priceBook: priceBook
    alwaysReady: alwaysReady
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
  }
}

module approvals 'integrations/logic_app/main.bicep' = if (!empty(approverMail)) {
  name: 'approvals'
  scope: group
  params: {
    location: location
    tags: tags
    darkroomUrl: app.outputs.apiUrl
    approver: approverMail
    namePrefix: 'darkroom-${token}'
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    modelsId: models.outputs.id
    emails: alertEmails
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output DARKROOM_APP_NAME string = app.outputs.name
output DARKROOM_API_URL string = app.outputs.apiUrl
output DARKROOM_VAULT_NAME string = vault.outputs.name
output DARKROOM_DATA_ACCOUNT string = empty(dataAccount) ? data.outputs.name : dataAccount
output DARKROOM_MODEL_ACCOUNT string = models.outputs.name
output DARKROOM_SAFETY_ACCOUNT string = contentSafety ? safety!.outputs.name : ''
output DARKROOM_EVENT_TOPIC string = events.outputs.endpoint
output DARKROOM_APPROVAL_WORKFLOW string = empty(approverMail) ? '' : approvals!.outputs.approvalWorkflowName
output DARKROOM_MAIL_CONNECTION string = empty(approverMail) ? '' : approvals!.outputs.mailConnectionName
output DARKROOM_NEXT_STEPS string = 'Review page: ${app.outputs.apiUrl}/review. Console: ${app.outputs.apiUrl}/console. Keys: az functionapp keys list -n ${app.outputs.name} -g ${group.name}. What to watch: docs/operations.md.'
