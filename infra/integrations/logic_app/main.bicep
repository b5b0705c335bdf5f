// The Logic Apps beside Darkroom: approval by mail, and two samples of asking for images.
// Each is deployed only when asked for; README.md has the steps around it.

@description('Where the workflows run; best in the region of Darkroom.')
param location string = resourceGroup().location

@description('Where Darkroom is, with /api and no slash at the end: https://APP.azurewebsites.net/api')
param darkroomUrl string

@description('Who is asked when the stage of a request names no reviewers.')
param approver string

@description('wait leaves a request that nobody answers to the deadline of its stage.')
@allowed([
  'wait'
  'reject'
])
param whenNobodyAnswers string = 'wait'

@description('How long the mail is waited for, as an ISO 8601 duration of at most P90D.')
param mailTimeout string = 'P3D'

@description('Whether the two samples are deployed as well. They need darkroomKey.')
param withSamples bool = false

@description('A function key of a caller with the role submit; for the samples only.')
@secure()
param darkroomKey string = ''

@description('Addresses that may call the triggers, such as 20.1.2.3 or 20.1.2.0/24; empty: any.')
param allowedCallerAddresses array = []

@description('Begins the names of all resources.')
param namePrefix string = 'darkroom'

param tags object = {}

var approvalDefinition = loadJsonContent('approval/workflow.json')
var submitDefinition = loadJsonContent('submit_and_wait/workflow.json')
var webhookDefinition = loadJsonContent('http_webhook/workflow.json')

// union() goes into objects, so this changes one value and keeps the rest of the file.
var timedApprovalDefinition = union(approvalDefinition, {
  actions: {
    For_each_reviewer: {
      actions: {
        Send_approval_email: {
          limit: {
            timeout: mailTimeout
          }
        }
      }
    }
  }
})

var allowedCallers = [for address in allowedCallerAddresses: {
  addressRange: address
}]

// Without addresses the property has to be absent: an empty list lets nobody in.
var accessControl = empty(allowedCallerAddresses) ? {} : {
  triggers: {
    allowedCallerIpAddresses: allowedCallers
  }
}

resource office365 'Microsoft.Web/connections@2016-06-01' = {
  name: '${namePrefix}-office365'
  location: location
  tags: tags
  properties: {
    displayName: 'Darkroom approval mail'
    api: {
      id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'office365')
    }
  }
}

resource approval 'Microsoft.Logic/workflows@2019-05-01' = {
  name: '${namePrefix}-approval'
  location: location
  tags: tags
  properties: {
    state: 'Enabled'
    definition: timedApprovalDefinition
    accessControl: accessControl
    parameters: {
      '$connections': {
        value: {
          office365: {
            connectionId: office365.id
            connectionName: office365.name
            id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'office365')
          }
        }
      }
      darkroomUrl: {
        value: darkroomUrl
      }
      approver: {
        value: approver
      }
      whenNobodyAnswers: {
        value: whenNobodyAnswers
      }
    }
  }
}

resource submitAndWait 'Microsoft.Logic/workflows@2019-05-01' = if (withSamples) {
  name: '${namePrefix}-submit-and-wait'
  location: location
  tags: tags
  properties: {
    state: 'Enabled'
    definition: submitDefinition
    parameters: {
      darkroomUrl: {
        value: darkroomUrl
      }
      darkroomKey: {
        value: darkroomKey
      }
    }
  }
}

resource httpWebhook 'Microsoft.Logic/workflows@2019-05-01' = if (withSamples) {
  name: '${namePrefix}-http-webhook'
  location: location
  tags: tags
  properties: {
    state: 'Enabled'
    definition: webhookDefinition
    parameters: {
      darkroomUrl: {
        value: darkroomUrl
      }
      darkroomKey: {
        value: darkroomKey
      }
    }
  }
}

// The address of a trigger is a credential, so it is no output: deployments keep those readable.
output approvalWorkflowId string = approval.id
output mailConnectionId string = office365.id
output approvalWorkflowName string = approval.name
output mailConnectionName string = office365.name
