// Azure OpenAI: the account, its deployments, and what the app is told of them.
param token string
param location string
param tags object
param workspaceId string
param appPrincipalId string
param imageDeployments array
param altTextDeployment object
param closed bool

var openAiUser = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
var accountName = 'oai-darkroom-${token}'
var wanted = concat(imageDeployments, empty(altTextDeployment) ? [] : [
  altTextDeployment
])

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_238:the account calls nobody; an identity would be one more thing to guard
  // checkov:skip=CKV_AZURE_134:closed by the parameter privateNetwork, which production.parameters.json sets
  name: accountName
  location: location
  tags: tags
  kind: 'OpenAI'
  sku: {
    name: 'S0'
  }
  properties: {
    customSubDomainName: accountName
    disableLocalAuth: true
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: closed ? 'Deny' : 'Allow'
    }
  }
}

// One after the other: an account takes one change of its deployments at a time.
@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [
  for one in wanted: {
    parent: account
    name: one.name
    sku: {
      name: one.sku
      capacity: one.capacity
    }
    properties: {
      model: {
        format: 'OpenAI'
        name: one.model
        version: one.version
      }
      raiPolicyName: 'Microsoft.Default'
      versionUpgradeOption: 'NoAutoUpgrade'
    }
  }
]

// Calls the deployments, and can neither make nor change one.
resource calls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, openAiUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', openAiUser)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'Audit'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output name string = account.name
// DARKROOM_DEPLOYMENTS, in the order given where no priority says otherwise.
output deployments array = [
  for (one, place) in imageDeployments: union({
    name: one.name
    endpoint: account.properties.endpoint
    deployment: one.name
    model: one.model
    requestsPerMinute: one.requestsPerMinute
    priority: contains(one, 'priority') ? one.priority : place
  }, contains(one, 'countImages') ? {
    countImages: one.countImages
  } : {}, contains(one, 'api') ? {
    api: one.api
  } : {}, contains(one, 'apiVersion') ? {
    apiVersion: one.apiVersion
  } : {}, contains(one, 'orchestrator') ? {
    orchestrator: one.orchestrator
  } : {}, contains(one, 'orchestratorModel') ? {
    orchestratorModel: one.orchestratorModel
  } : {})
]
// DARKROOM_ALT_TEXT_DEPLOYMENT; empty where it is off.
output altTextDeployment object = empty(altTextDeployment) ? {} : union({
  endpoint: account.properties.endpoint
  deployment: altTextDeployment.name
  model: altTextDeployment.model
}, contains(altTextDeployment, 'language') ? {
  language: altTextDeployment.language
} : {}, contains(altTextDeployment, 'reasoningEffort') ? {
  reasoningEffort: altTextDeployment.reasoningEffort
} : {})
